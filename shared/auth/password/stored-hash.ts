import type { Argon2Cost } from "./argon2id.ts";
import { parsePhc } from "./phc.ts";

/** RFC 7914: N = 2^log_n. */
interface ScryptCost {
  log_n: number;
  block_size: number;
  lanes: number;
}

export type StoredHash =
  | { algorithm: "argon2id"; cost: Argon2Cost; salt: Uint8Array; hash: Uint8Array }
  | { algorithm: "scrypt"; cost: ScryptCost; salt: Uint8Array; hash: Uint8Array }
  | { algorithm: "bcrypt"; cost: number; text: string }
  /** Never verifies; `problem` is for the log and holds neither salt nor hash. */
  | { algorithm: "unusable"; problem: string };

type Range = readonly [min: number, max: number];

/**
 * What a stored hash may ask for. The lower bounds keep out what protects nothing, the upper ones what would hold
 * the isolate for seconds or not fit into its 128 MB: whoever can write a hash must not be able to stop log-ins.
 */
export const HASH_LIMITS = {
  argon2id: { m: [1024, 65_536], t: [1, 10], p: [1, 16] },
  scrypt: { ln: [10, 16], r: [1, 32], p: [1, 16] },
  bcrypt: { cost: [4, 14] },
  /** Bytes. */
  salt: [8, 64],
  hash: [16, 64],
} as const satisfies Record<string, Range | Record<string, Range>>;

const SCRYPT_MAX_MEMORY = 64 * 1024 * 1024;
/** N * r * p; that of N = 2^14, r = 8, p = 16. */
const SCRYPT_MAX_WORK = 2 ** 21;

const ARGON2_VERSION = 0x13;
const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

const unusable = (problem: string): StoredHash => ({ algorithm: "unusable", problem });

/** What lies outside its range, in words; null when nothing does. */
function findOutside(
  what: string,
  given: Record<string, number>,
  limits: Record<string, Range>,
): string | null {
  for (const [name, [min, max]] of Object.entries(limits)) {
    const value = given[name];
    if (value === undefined) return `${what} lacks ${name}`;
    if (value < min || value > max)
      return `${what} has ${name}=${value}, which is not within ${min} to ${max}`;
  }
  return null;
}

/** Reads `$argon2id$…`, `$scrypt$…` (both PHC) and `$2a$`, `$2b$`, `$2y$`; anything else is `unusable`. */
export function parseStoredHash(text: string): StoredHash {
  const bcrypt = BCRYPT.exec(text);
  if (bcrypt !== null) {
    const cost = Number(bcrypt[1]);
    const outside = findOutside("bcrypt", { cost }, HASH_LIMITS.bcrypt);
    return outside === null ? { algorithm: "bcrypt", cost, text } : unusable(outside);
  }
  const phc = parsePhc(text);
  if (phc === null) return unusable("the stored hash has an unknown form");
  const { id, version, parameters, salt, hash } = phc;
  if (id !== "argon2id" && id !== "scrypt") return unusable(`the stored hash is ${id}, which is not known`);
  const sizes = { salt: salt.length, hash: hash.length };
  const outside =
    findOutside(id, parameters, HASH_LIMITS[id]) ??
    findOutside(id, sizes, { salt: HASH_LIMITS.salt, hash: HASH_LIMITS.hash });
  if (outside !== null) return unusable(outside);
  if (Object.keys(parameters).length > 3) return unusable(`${id} has parameters that are not known`);
  const { m = 0, t = 0, p = 0, ln = 0, r = 0 } = parameters;
  if (id === "argon2id") {
    if (version !== ARGON2_VERSION)
      return unusable(`argon2id has version ${version ?? 16}, not ${ARGON2_VERSION}`);
    return { algorithm: id, cost: { memory_kib: m, passes: t, lanes: p }, salt, hash };
  }
  if (128 * 2 ** ln * r > SCRYPT_MAX_MEMORY)
    return unusable(`scrypt of ln=${ln}, r=${r} takes too much memory`);
  if (2 ** ln * r * p > SCRYPT_MAX_WORK) return unusable(`scrypt of ln=${ln}, r=${r}, p=${p} takes too long`);
  return { algorithm: id, cost: { log_n: ln, block_size: r, lanes: p }, salt, hash };
}
