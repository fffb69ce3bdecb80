/**
 * What a session writes values in, and where it finds tables. A server, a database or a role may have set something
 * else; the code reads and means these.
 */
export const SESSION_FORMATS = [
  ["DateStyle", "ISO, MDY"],
  ["IntervalStyle", "postgres"],
  ["bytea_output", "hex"],
  ["extra_float_digits", "1"],
  ["search_path", "public"],
] as const;

/** Statements that set them: for the session, or with `local` for the transaction. */
export function setFormats(scope: "session" | "local"): string {
  return SESSION_FORMATS.map(([name, value]) => `set ${scope} ${name} = ${value};`).join("\n");
}
