const KEY_BYTES = 16;

/** Hex of the first 16 bytes of the SHA-256 of an event key (UTF-8): how a key is told apart in the database. */
export async function hashEventKey(key: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
  return Array.from(new Uint8Array(digest, 0, KEY_BYTES), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
