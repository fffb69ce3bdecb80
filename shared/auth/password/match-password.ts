import { scryptSync } from "node:crypto";
import { compareSync } from "bcryptjs";
import { argon2id } from "./argon2id.ts";
import { normalisePassword } from "./normalise-password.ts";
import type { StoredHash } from "./stored-hash.ts";

/** Goes through every byte, whatever the first ones say. */
function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (const [index, byte] of left.entries()) difference |= byte ^ (right[index] ?? 0);
  return difference === 0;
}

/** The memory of scrypt and as much again, which Node asks for beside it. */
const scryptMemory = (log_n: number, block_size: number) => 256 * 2 ** log_n * block_size;

/**
 * Whether a password belongs to a hash. Blocks the isolate: callers go through the queue.
 * @param password not empty. For bcrypt it is taken as it is given, by its first 72 bytes, as where it was hashed.
 */
export function matchPassword(
  stored: Exclude<StoredHash, { algorithm: "unusable" }>,
  password: string,
): boolean {
  if (stored.algorithm === "bcrypt") return compareSync(password, stored.text);
  const { salt, hash } = stored;
  const bytes = new TextEncoder().encode(normalisePassword(password));
  if (stored.algorithm === "argon2id")
    return sameBytes(hash, argon2id(bytes, salt, stored.cost, hash.length));
  const { log_n, block_size, lanes } = stored.cost;
  const maxmem = scryptMemory(log_n, block_size);
  return sameBytes(
    hash,
    scryptSync(bytes, salt, hash.length, { N: 2 ** log_n, r: block_size, p: lanes, maxmem }),
  );
}
