/** An address with a scheme, whose path, query or fragment may be the right to do something: a token, a secret path. */
const ADDRESS = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^\s/?#@"'<>\\]*@)?([^\s/?#@"'<>\\]*)[^\s"'<>\\]*/gi;

/**
 * A value without what addresses in it may open: of each, in whatever text, the scheme and the host are left. The audit
 * log cannot be changed, is read by many, and is kept for years.
 */
export function hostOnly(value: unknown): unknown {
  if (typeof value === "string") return value.replace(ADDRESS, "$1$2");
  if (Array.isArray(value)) return value.map(hostOnly);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, hostOnly(each)]));
}

/** The same of what an audit row tells. */
export function factsWithoutAddresses(facts: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(facts).map(([name, value]) => [name, hostOnly(value)]));
}
