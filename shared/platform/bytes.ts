import { base64url } from "jose";

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function sha256(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/** Hex SHA-256: how random tokens are stored and looked up. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(await sha256(text));
}

/** Random text of `bytes` bytes, base64url; 32 by default, so 256 bits. */
export function randomToken(bytes = 32): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(bytes)));
}
