/** What JSON may hold and Postgres text may not: NUL, and halves of a surrogate pair without the other half. */
const UNSTORABLE = /\\u0000|\\ud[89a-f]/i;

/** JSON text that Postgres takes whole: characters that it cannot hold become U+FFFD, all else stays. */
export function storableJson(value: unknown): string {
  const text = JSON.stringify(value);
  return UNSTORABLE.test(text) ? JSON.stringify(clean(value)) : text;
}

function cleanText(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

function clean(value: unknown): unknown {
  if (typeof value === "string") return cleanText(value);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [cleanText(key), clean(entry)]));
}
