/**
 * Reads JSON without losing digits: a number that JavaScript could not write back as it stood (token ids and
 * base units beyond 2^53) stays the text that was sent. Text that Postgres cannot hold (NUL, half of a
 * surrogate pair) is replaced, so that one odd name cannot stop a room's flush.
 * Throws `SyntaxError` where the text is not JSON.
 */
export function parseJson(text: string): unknown {
  // `source` is ES2026 ("JSON.parse source text access"); TypeScript's own declaration does not have it yet.
  const revive = (_key: string, value: unknown, context?: { source?: string }): unknown => {
    if (typeof value === "number" && context?.source !== undefined && String(value) !== context.source)
      return context.source;
    if (typeof value === "string") return storable(value);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return withStorableKeys(value);
    return value;
  };
  return JSON.parse(text, revive);
}

function storable(text: string): string {
  return text.replaceAll("\0", "\uFFFD").toWellFormed();
}

function withStorableKeys(value: object): object {
  const entries = Object.entries(value);
  if (entries.every(([key]) => storable(key) === key)) return value;
  return Object.fromEntries(entries.map(([key, inner]) => [storable(key), inner]));
}
