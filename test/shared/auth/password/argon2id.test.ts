import { describe, expect, test } from "vitest";
import { argon2id } from "../../../../shared/auth/password/argon2id.ts";
import { toHex } from "../../../../shared/platform/bytes.ts";

const text = (value: string) => new TextEncoder().encode(value);

test("gives the tag of RFC 9106, 5.3, with secret, associated data and four lanes", () => {
  const cost = { memory_kib: 32, passes: 3, lanes: 4 };
  const extra = { secret: new Uint8Array(8).fill(3), data: new Uint8Array(12).fill(4) };
  expect(toHex(argon2id(new Uint8Array(32).fill(1), new Uint8Array(16).fill(2), cost, 32, extra))).toBe(
    "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659",
  );
});

describe("gives what the reference implementation publishes (phc-winner-argon2, src/test.c)", () => {
  // biome-ignore format: a table
  const vectors: [passes: number, memory: number, lanes: number, password: string, salt: string, hex: string][] = [
    [2, 2 ** 16, 1, "password", "somesalt", "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7"],
    [2, 2 ** 8, 1, "password", "somesalt", "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe"],
    [2, 2 ** 8, 2, "password", "somesalt", "6d093c501fd5999645e0ea3bf620d7b8be7fd2db59c20d9fff9539da2bf57037"],
    [1, 2 ** 16, 1, "password", "somesalt", "f6a5adc1ba723dddef9b5ac1d464e180fcd9dffc9d1cbf76cca2fed795d9ca98"],
    [4, 2 ** 16, 1, "password", "somesalt", "9025d48e68ef7395cca9079da4c4ec3affb3c8911fe4f86d1a2520856f63172c"],
    [2, 2 ** 16, 1, "differentpassword", "somesalt", "0b84d652cf6b0c4beaef0dfe278ba6a80df6696281d7e0d2891b817d8c458fde"],
    [2, 2 ** 16, 1, "password", "diffsalt", "bdf32b05ccc42eb15d58fd19b1f856b113da1e9a5874fdcc544308565aa8141c"],
  ];
  test.each(vectors)("t=%i m=%i p=%i %s %s", (passes, memory_kib, lanes, password, salt, hex) => {
    expect(toHex(argon2id(text(password), text(salt), { memory_kib, passes, lanes }, 32))).toBe(hex);
  });
});

test.each([4, 32, 64, 65, 96, 97, 128, 200])(
  "gives an answer of %i bytes as node:crypto does",
  async (length) => {
    const { argon2Sync } = await import("node:crypto");
    const password = text("a password longer than one BLAKE2b block of 128 bytes: ".repeat(400));
    const salt = text("0123456789abcdef");
    const ours = argon2id(password, salt, { memory_kib: 1000, passes: 2, lanes: 3 }, length);
    const theirs = argon2Sync("argon2id", {
      message: password,
      nonce: salt,
      parallelism: 3,
      memory: 1000,
      passes: 2,
      tagLength: length,
    });
    expect(toHex(ours)).toBe(theirs.toString("hex"));
  },
);

test("leaves nothing of one hash to the next, whatever its cost", () => {
  const small = () =>
    toHex(argon2id(text("a"), text("somesalt"), { memory_kib: 64, passes: 1, lanes: 1 }, 32));
  const before = small();
  argon2id(text("b"), text("somesalt"), { memory_kib: 1024, passes: 2, lanes: 4 }, 32);
  expect(small()).toBe(before);
});
