import { expect, test, vi } from "vitest";
import { CHEAP } from "./support.ts";

test("a hash that cannot be made fails the self-test; once it has passed it is not made again", async () => {
  // A module of its own: other tests in this process may have passed the self-test before.
  vi.resetModules();
  const { testPasswordHashing } = await import("../../../../shared/auth/password/test-password-hashing.ts");
  const impossible = { PASSWORD_MEMORY_KIB: 8 * 1024 * 1024, PASSWORD_PASSES: 1 };
  await expect(testPasswordHashing(impossible)).rejects.toThrow("bytes for argon2id");
  await testPasswordHashing(CHEAP);
  await testPasswordHashing(impossible);
});
