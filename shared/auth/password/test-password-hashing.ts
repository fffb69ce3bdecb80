import { toHex } from "../../platform/bytes.ts";
import { argon2id } from "./argon2id.ts";
import { type HashingConfig, hashPassword } from "./hash-password.ts";
import { verifyPassword } from "./verify-password.ts";

/** Of the reference implementation (phc-winner-argon2, src/test.c): "password", "somesalt", m=256, t=2, p=1. */
const REFERENCE = "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe";

let passed = false;

/**
 * Shows that this isolate can hash as configured and gets what others get; done once, then remembered.
 * @throws Error that says what does not hold.
 */
export async function testPasswordHashing(config: HashingConfig): Promise<void> {
  if (passed) return;
  const text = new TextEncoder();
  const cost = { memory_kib: 256, passes: 2, lanes: 1 };
  const known = argon2id(text.encode("password"), text.encode("somesalt"), cost, 32);
  if (toHex(known) !== REFERENCE) throw new Error("argon2id differs from the reference implementation");
  const phc = await hashPassword(config, "the right one");
  const right = await verifyPassword(config, "the right one", phc);
  if (!right.ok || right.rehash) throw new Error("a password does not verify against its own hash");
  if ((await verifyPassword(config, "another one", phc)).ok) throw new Error("a wrong password verifies");
  passed = true;
}
