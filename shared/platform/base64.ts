import { base64url } from "jose";

/**
 * The bytes of base64url text as RFC 4648 writes them: no padding, no blanks, no characters of other alphabets, and no
 * bits behind the last byte, so that no two texts are the same bytes. `null` for anything else.
 */
export function decodeBase64Url(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[\w-]*$/.test(text) || text.length % 4 === 1) return null;
  // A copy, since the decoder may hand out a part of a larger buffer.
  const bytes = new Uint8Array(base64url.decode(text));
  return base64url.encode(bytes) === text ? bytes : null;
}

/** The same of standard base64 with padding. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> | null {
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4 !== 0) return null;
  const bytes = decodeBase64Url(text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
  return bytes;
}
