/**
 * A text without what stands in an address after its host: a path or query may be all that it takes to write there, so
 * it stays out of errors and logs.
 */
export function withoutPath(text: string, address: string): string {
  const { host, pathname, search } = new URL(address);
  const parts = [address, pathname + search, pathname].filter((part) => part.length > 1);
  return parts.reduce((left, part) => left.replaceAll(part, part === address ? host : "/…"), text);
}
