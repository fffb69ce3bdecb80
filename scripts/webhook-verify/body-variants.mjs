/**
 * Sorted keys at every level.
 * @param {unknown} value
 * @returns {unknown}
 */
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => [key, sorted(entry)]),
  );
}

/**
 * As Postgres writes `jsonb`, and Python's `json.dumps` does: a space after each comma and colon outside of texts.
 * @param {string} compact
 */
function spaced(compact) {
  return compact.replace(/"(?:[^"\\]|\\.)*"|[,:]/g, (part) =>
    part === "," || part === ":" ? `${part} ` : part,
  );
}

/** @param {string} text */
const escaped = (text) =>
  text.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** @param {Buffer} body */
function dechunked(body) {
  const parts = [];
  let at = 0;
  for (;;) {
    const end = body.indexOf("\r\n", at);
    const size = /^([0-9a-f]+)(?:;|$)/i.exec(end < 0 ? "" : body.subarray(at, end).toString("latin1"))?.[1];
    if (size === undefined) return null;
    const length = Number.parseInt(size, 16);
    if (length === 0) return Buffer.concat(parts);
    parts.push(body.subarray(end + 2, end + 2 + length));
    at = end + 2 + length + 2;
  }
}

/**
 * What the body may have been before something on the way changed it, each with what was changed.
 * @param {Buffer} body
 * @returns {[string, Buffer][]}
 */
export function bodyVariants(body) {
  const text = body.toString("utf8");
  /** @type {[string, string | Buffer | null][]} */
  const variants = [
    ["it has a byte order mark (BOM) at its beginning, which was not sent", text.replace(/^\uFEFF/, "")],
    ["it has lost the byte order mark (BOM) at its beginning", `\uFEFF${text}`],
    ["a line break was added at its end", text.replace(/\r?\n$/, "")],
    ["it has lost the line break at its end", `${text}\n`],
    ["its line breaks became CRLF; they were LF", text.replaceAll("\r\n", "\n")],
    [
      "its line breaks became CRLF, and one was added at its end",
      text.replaceAll("\r\n", "\n").replace(/\n$/, ""),
    ],
    ["its line breaks became LF; they were CRLF", text.replaceAll(/\r?\n/g, "\r\n")],
    ["it is still in chunks (transfer-encoding: chunked)", dechunked(body)],
    ["it was trimmed", `${text} `],
  ];
  try {
    const value = JSON.parse(text.replace(/^\uFEFF/, ""));
    const compact = JSON.stringify(value);
    const again = "it was parsed and serialised again; verify the bytes that arrived, before any JSON parser";
    for (const written of [
      compact,
      spaced(compact),
      JSON.stringify(value, null, 2),
      JSON.stringify(value, null, 4),
      JSON.stringify(sorted(value)),
      spaced(JSON.stringify(sorted(value))),
      escaped(compact),
      escaped(spaced(compact)),
    ])
      variants.push([again, written]);
    // XSEMA writes type, timestamp and data in this order, and data as Postgres does.
    if (typeof value === "object" && value !== null && "data" in value) {
      const { type, timestamp, data } = value;
      variants.push([
        again,
        `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(timestamp)},"data":${spaced(JSON.stringify(data))}}`,
      ]);
      variants.push([
        again,
        `{"type":${JSON.stringify(type)},"timestamp":${JSON.stringify(timestamp)},"data":${spaced(JSON.stringify(sortedLikeJsonb(data)))}}`,
      ]);
    }
  } catch {
    // Not JSON: then nothing serialised it again.
  }
  return variants.flatMap(([what, variant]) => {
    if (variant === null) return [];
    const bytes = Buffer.from(variant);
    return bytes.equals(body) ? [] : [[what, bytes]];
  });
}

/**
 * Postgres keeps the keys of `jsonb` by length, then by their bytes.
 * @param {unknown} value
 * @returns {unknown}
 */
function sortedLikeJsonb(value) {
  if (Array.isArray(value)) return value.map(sortedLikeJsonb);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(
        ([a], [b]) =>
          Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
      )
      .map(([key, entry]) => [key, sortedLikeJsonb(entry)]),
  );
}

/**
 * What strikes one about a body as it was saved.
 * @param {Buffer} body
 * @param {Map<string, string>} headers
 */
export function bodyNotes(body, headers) {
  const notes = [];
  const text = body.toString("utf8");
  const length = headers.get("content-length");
  if (length !== undefined && Number(length) !== body.length)
    notes.push(
      `content-length says ${length} bytes, and the body has ${body.length}: it was changed or cut after it arrived.`,
    );
  if (text.startsWith("\uFEFF"))
    notes.push("The body begins with a byte order mark (BOM); XSEMA sends none.");
  if (text.includes("\r\n")) notes.push("The body has CRLF line breaks; XSEMA sends one line.");
  if (/\n$/.test(text))
    notes.push("The body ends with a line break; XSEMA sends none. Editors like to add one.");
  if (body.length === 0) notes.push("The body is empty: was it read by something else before it was saved?");
  return notes;
}
