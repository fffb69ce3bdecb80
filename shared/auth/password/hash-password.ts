import type { Config } from "../../platform/config.ts";
import { AppError } from "../../platform/errors.ts";
import { argon2id } from "./argon2id.ts";
import { hashQueue } from "./hash-queue.ts";
import { normalisePassword } from "./normalise-password.ts";
import { formatPhc } from "./phc.ts";

export type HashingConfig = Pick<Config, "PASSWORD_MEMORY_KIB" | "PASSWORD_PASSES">;

export const SALT_BYTES = 16;
export const HASH_BYTES = 32;

/**
 * Hashes a password for keeping: argon2id of the configured cost with a salt of its own, as a PHC string.
 * @throws AppError `unavailable` when the isolate has too many hashes to make already.
 */
export async function hashPassword(config: HashingConfig, password: string): Promise<string> {
  if (password === "")
    throw new AppError("invalid_request", "The password is empty.", {
      details: [{ pointer: "/password", message: "must not be empty" }],
    });
  const memory_kib = config.PASSWORD_MEMORY_KIB;
  const passes = config.PASSWORD_PASSES;
  const bytes = new TextEncoder().encode(normalisePassword(password));
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const hash = await hashQueue.run(() => argon2id(bytes, salt, { memory_kib, passes, lanes: 1 }, HASH_BYTES));
  return formatPhc({
    id: "argon2id",
    version: 19,
    parameters: { m: memory_kib, t: passes, p: 1 },
    salt,
    hash,
  });
}
