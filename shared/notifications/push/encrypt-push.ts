import { decodeBase64Url } from "../../platform/base64.ts";
import { concatBytes } from "./concat-bytes.ts";

/** What a browser gave to be written to, base64url: its P-256 point (65 bytes) and its secret (16 bytes). */
export interface PushKeys {
  p256dh: string;
  auth: string;
}

/** What is made anew for each message; given only to check against published examples. */
export interface Ephemeral {
  keys: CryptoKeyPair;
  salt: Uint8Array<ArrayBuffer>;
}

const CURVE = { name: "ECDH", namedCurve: "P-256" } as const;
/** Of the one record that RFC 8291, 4 allows; push services take 4096 bytes. */
const RECORD_SIZE = 4096;
const TAG_BYTES = 16;
const HEADER_BYTES = 86;
/** Ends the last record (RFC 8188, 2). */
const LAST = new Uint8Array([2]);

/** The most that one message may say, in bytes. */
export const MOST_PUSHED = RECORD_SIZE - HEADER_BYTES - TAG_BYTES - LAST.length;

/** Text in UTF-8, in memory of its own. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(new TextEncoder().encode(text));
}

/** Base64url without or with padding. Throws for what is none. */
export function readBase64url(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64Url(text.replace(/=+$/, ""));
  if (bytes === null) throw new TypeError("is no base64url");
  return bytes;
}

/** The browser's point; rejects what does not lie on the curve. */
export function importPoint(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", bytes, CURVE, true, []);
}

async function makeEphemeral(): Promise<Ephemeral> {
  const keys = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  if (!("privateKey" in keys)) throw new Error("a curve has pairs of keys");
  return { keys, salt: crypto.getRandomValues(new Uint8Array(16)) };
}

async function exportPoint(key: CryptoKey): Promise<Uint8Array<ArrayBuffer>> {
  const raw = await crypto.subtle.exportKey("raw", key);
  if (!(raw instanceof ArrayBuffer)) throw new Error("a point is bytes");
  return new Uint8Array(raw);
}

async function expand(
  secret: BufferSource,
  { salt, info, bytes }: { salt: BufferSource; info: Uint8Array<ArrayBuffer>; bytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(how, key, 8 * bytes));
}

/**
 * The body of a push message, content encoding `aes128gcm`: RFC 8291, 3.4 over RFC 8188, in one record.
 * @throws where a key is none, or the message is longer than `MOST_PUSHED`.
 */
export async function encryptPush(
  { p256dh, auth }: PushKeys,
  message: Uint8Array<ArrayBuffer>,
  ephemeral?: Ephemeral,
): Promise<Uint8Array<ArrayBuffer>> {
  if (message.length > MOST_PUSHED) throw new Error(`a push message has at most ${MOST_PUSHED} bytes`);
  const { keys, salt } = ephemeral ?? (await makeEphemeral());
  const theirs = readBase64url(p256dh);
  const ours = await exportPoint(keys.publicKey);
  const agreement = { name: "ECDH", public: await importPoint(theirs) };
  const shared = await crypto.subtle.deriveBits(agreement, keys.privateKey, 256);
  const info = concatBytes(bytesOf("WebPush: info\0"), theirs, ours);
  const secret = await expand(shared, { salt: readBase64url(auth), info, bytes: 32 });
  const content = { salt, info: bytesOf("Content-Encoding: aes128gcm\0"), bytes: 16 };
  const key = await crypto.subtle.importKey("raw", await expand(secret, content), "AES-GCM", false, [
    "encrypt",
  ]);
  const iv = await expand(secret, { salt, info: bytesOf("Content-Encoding: nonce\0"), bytes: 12 });
  const sealed = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, key, concatBytes(message, LAST));
  const size = new Uint8Array(5);
  new DataView(size.buffer).setUint32(0, RECORD_SIZE);
  size[4] = ours.length;
  return concatBytes(salt, size, ours, new Uint8Array(sealed));
}
