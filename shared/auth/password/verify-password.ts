import { HASH_BYTES, type HashingConfig, SALT_BYTES } from "./hash-password.ts";
import { hashQueue } from "./hash-queue.ts";
import { matchPassword } from "./match-password.ts";
import { parseStoredHash, type StoredHash } from "./stored-hash.ts";

export interface VerifiedPassword {
  ok: boolean;
  /** The stored hash should be replaced by one of this password: it is weaker than the configured cost asks. */
  rehash: boolean;
  /** Why a stored hash can never verify, for the log. */
  problem?: string;
}

type Usable = Exclude<StoredHash, { algorithm: "unusable" }>;

const BCRYPT_MAX_BYTES = 72;

/** Of no password at all: asks for the work of the configured cost. */
function dummyHash(config: HashingConfig): Usable {
  const cost = { memory_kib: config.PASSWORD_MEMORY_KIB, passes: config.PASSWORD_PASSES, lanes: 1 };
  return { algorithm: "argon2id", cost, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };
}

function isOutdated(config: HashingConfig, stored: Usable, password: string): boolean {
  // bcrypt has seen 72 bytes only: beyond them the password may be mistyped, and must not be kept so.
  if (stored.algorithm === "bcrypt") return new TextEncoder().encode(password).length <= BCRYPT_MAX_BYTES;
  if (stored.algorithm === "scrypt") return true;
  const { cost, salt, hash } = stored;
  if (cost.memory_kib < config.PASSWORD_MEMORY_KIB || cost.passes < config.PASSWORD_PASSES) return true;
  return salt.length < SALT_BYTES || hash.length < HASH_BYTES;
}

/**
 * Checks a password against what is stored: argon2id or scrypt as PHC strings, or bcrypt. Null, an account that does
 * not exist or has no password, costs the work of a real one and is never right; so does a hash that cannot be used.
 * @throws AppError `unavailable` when the isolate has too many hashes to make already.
 */
export async function verifyPassword(
  config: HashingConfig,
  password: string,
  phc: string | null,
): Promise<VerifiedPassword> {
  const stored: StoredHash = phc === null ? dummyHash(config) : parseStoredHash(phc);
  const against = stored.algorithm === "unusable" ? dummyHash(config) : stored;
  // Neither can have been chosen; the hash is made all the same, of something else.
  const possible = password !== "" && password.isWellFormed();
  const same = await hashQueue.run(() => matchPassword(against, possible ? password : "?"));
  if (stored.algorithm === "unusable") return { ok: false, rehash: false, problem: stored.problem };
  const ok = same && possible && phc !== null;
  return { ok, rehash: ok && isOutdated(config, against, password) };
}
