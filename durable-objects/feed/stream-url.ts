/** The Stream's address: the key goes as `token`, and `vsn` names the Phoenix version. Never log it. */
export function streamUrl(base: string, apiKey: string): string {
  const url = new URL(base);
  url.searchParams.set("token", apiKey);
  url.searchParams.set("vsn", "2.0.0");
  return url.toString();
}
