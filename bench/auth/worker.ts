/** The product with routes under /bench/ that make one hash each. Only the bench deploys it, and only locally. */
import { pbkdf2Sync, randomBytes, scryptSync } from "node:crypto";
import { hashSync } from "bcryptjs";
import { argon2id } from "../../shared/auth/password/argon2id.ts";
import { hashQueue } from "../../shared/auth/password/hash-queue.ts";
import { judgePassword } from "../../shared/auth/password/password-strength.ts";
import product from "../../workers/index.ts";

export * from "../../workers/index.ts";

const password = new TextEncoder().encode("correct horse battery staple");
const salt = new Uint8Array(16);

const argon2 = () => argon2id(password, salt, { memory_kib: 19_456, passes: 2, lanes: 1 }, 32);

const HASHES: Record<string, () => unknown> = {
  none: () => undefined,
  argon2id: argon2,
  scrypt: () => scryptSync(password, salt, 32, { N: 2 ** 14, r: 8, p: 5, maxmem: 64 * 1024 * 1024 }),
  "bcrypt-10": () => hashSync("correct horse battery staple", 10),
  "bcrypt-12": () => hashSync("correct horse battery staple", 12),
  "pbkdf2-100k": () => pbkdf2Sync(password, salt, 100_000, 32, "sha256"),
  strength: () => judgePassword(randomBytes(12).toString("base64"), []),
  "login-queued": () => hashQueue.run(argon2),
  "login-at-once": argon2,
};

export default {
  ...product,
  async fetch(request: Request, env: never, ctx: never) {
    const hash = /^\/bench\/(.+)$/.exec(new URL(request.url).pathname)?.[1];
    if (hash === undefined) return product.fetch(request, env, ctx);
    await HASHES[hash]?.();
    return new Response(null, { status: hash in HASHES ? 204 : 404 });
  },
};
