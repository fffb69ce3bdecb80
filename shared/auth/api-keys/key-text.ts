import { sha256Hex } from "../../platform/bytes.ts";
import { crc32 } from "../../platform/crc32.ts";

const START = "xs_live_";
/** 62^43 is more than 2^256, and 62^6 more than 2^32. */
const BODY_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SHAPE = new RegExp(`^${START}[0-9A-Za-z]{${BODY_LENGTH + CHECKSUM_LENGTH}}$`);
/** How much of a key is kept and shown, so that its owner can tell it from others. */
const PREFIX_LENGTH = 12;

function base62(value: bigint, length: number): string {
  let text = "";
  for (let rest = value; rest > 0n; rest /= 62n) text = `${DIGITS.charAt(Number(rest % 62n))}${text}`;
  return text.padStart(length, "0");
}

/** Finds typing errors; keeps nobody out. */
const checksum = (start: string) => base62(BigInt(crc32(new TextEncoder().encode(start))), CHECKSUM_LENGTH);

/** A key as it is made: `key` is shown once, the rest is kept. */
export interface KeyText {
  key: string;
  prefix: string;
  /** Hex SHA-256 of the whole key: 256 random bits need no slow hash. */
  key_hash: string;
}

/** What is kept of a key. */
export async function describeKey(key: string): Promise<KeyText> {
  return { key, prefix: key.slice(0, PREFIX_LENGTH), key_hash: await sha256Hex(key) };
}

/**
 * The text of a new key: `xs_live_`, 256 random bits in base62, and a CRC-32 of all that in base62, as GitHub's tokens
 * have it (https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/).
 */
export function newKeyText(): string {
  const random = crypto.getRandomValues(new Uint8Array(32));
  const value = random.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  const start = START + base62(value, BODY_LENGTH);
  return start + checksum(start);
}

/** What is wrong with the text of a key, before anybody is asked whether there is such a key; `null` for nothing. */
export function faultOfKey(text: string): "not_a_key" | "mistyped" | null {
  if (!SHAPE.test(text)) return "not_a_key";
  return text.endsWith(checksum(text.slice(0, -CHECKSUM_LENGTH))) ? null : "mistyped";
}
