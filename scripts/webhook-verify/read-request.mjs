/** @typedef {{ headers: Map<string, string>, body: Buffer }} SavedRequest */

/**
 * Where the head of a raw request ends and its body begins: at the first empty line.
 * @param {Buffer} raw
 */
function splitAtEmptyLine(raw) {
  const ends = [
    { at: raw.indexOf("\r\n\r\n"), length: 4 },
    { at: raw.indexOf("\n\n"), length: 2 },
  ].filter(({ at }) => at >= 0);
  ends.sort((a, b) => a.at - b.at);
  const [end] = ends;
  return end === undefined
    ? { head: raw.toString("utf8"), body: null }
    : { head: raw.subarray(0, end.at).toString("utf8"), body: raw.subarray(end.at + end.length) };
}

/**
 * Header lines, or a JSON object of headers. Names that come twice are joined by a comma, as HTTP does.
 * @param {string} text
 * @returns {Map<string, string>}
 */
export function readHeaders(text) {
  const trimmed = text.replace(/^\uFEFF/, "").trim();
  /** @type {[string, unknown][]} */
  const pairs = trimmed.startsWith("{")
    ? Object.entries(JSON.parse(trimmed))
    : trimmed.split(/\r?\n/).flatMap((line) => {
        // A request line such as `POST /hooks HTTP/1.1` is no header; nor is curl's `> ` part of one.
        const [, name, value] = /^(?:[<>] )?([!#$%&'*+.^_`|~0-9A-Za-z-]+):(.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value]];
      });
  const headers = new Map();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const text = String(value).trim();
    headers.set(key, headers.has(key) ? `${headers.get(key)}, ${text}` : text);
  }
  return headers;
}

/**
 * A request as it stood on the wire: request line, headers, an empty line, body.
 * @param {Buffer} raw
 * @returns {SavedRequest}
 */
export function readRequest(raw) {
  const { head, body } = splitAtEmptyLine(raw);
  if (body === null) throw new Error("it has no empty line between its headers and its body");
  return { headers: readHeaders(head), body };
}
