import { base64url } from "jose";
import type { z } from "zod";
import { decodeBase64Url } from "../platform/base64.ts";
import { AppError } from "../platform/errors.ts";

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), 32 bits: tells queries apart, and is no secret. */
function fingerprint(query: unknown): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(JSON.stringify(query)))
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(36);
}

function fromBase64Url(text: string): string {
  const bytes = decodeBase64Url(text);
  if (bytes === null) throw new TypeError("no base64url");
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
}

/** An opaque cursor: the key of the last entry given, bound to the query (filters and order) that it belongs to. */
export function encodeCursor(query: unknown, key: unknown): string {
  return base64url.encode(JSON.stringify([fingerprint(query), key]));
}

/** The key in a cursor of ours. Throws `invalid_request` for any other text and for a cursor of another query. */
export function decodeCursor<Key extends z.ZodType>(text: string, query: unknown, key: Key): z.output<Key> {
  const refuse = (message: string) =>
    new AppError("invalid_request", message, { details: [{ pointer: "?cursor", message }] });
  let value: unknown;
  try {
    value = JSON.parse(fromBase64Url(text));
  } catch {
    throw refuse("is not a cursor of this list: use next_cursor of the page before, or none");
  }
  const [belongsTo, given] = Array.isArray(value) ? value : [];
  if (belongsTo !== fingerprint(query))
    throw refuse("belongs to a list with other filters or another order: begin again without a cursor");
  const parsed = key.safeParse(given);
  if (!parsed.success)
    throw refuse("is not a cursor of this list: use next_cursor of the page before, or none");
  return parsed.data;
}
