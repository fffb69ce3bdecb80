import fc from "fast-check";
import { expect, test } from "vitest";
import { describeKey, faultOfKey, newKeyText } from "../../../../shared/auth/api-keys/key-text.ts";
import { crc32 } from "../../../../shared/platform/crc32.ts";

test("a key is xs_live_ and 49 letters and digits, never the same twice", () => {
  const keys = Array.from({ length: 200 }, newKeyText);
  for (const key of keys) expect(key).toMatch(/^xs_live_[0-9A-Za-z]{49}$/);
  expect(new Set(keys).size).toBe(200);
  for (const key of keys) expect(faultOfKey(key)).toBeNull();
});

test("the checksum is CRC-32 with its published check value", () => {
  // The catalogue of parametrised CRC algorithms, CRC-32/ISO-HDLC.
  expect(crc32(new TextEncoder().encode("123456789"))).toBe(0xcbf43926);
  expect(crc32(new TextEncoder().encode(""))).toBe(0);
});

test("a single wrong letter, or two that changed places, is told as a typing error", () => {
  const letters = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
  fc.assert(
    fc.property(fc.integer({ min: 8, max: 56 }), letters, (at, letter) => {
      const key = newKeyText();
      const wrong = key.slice(0, at) + letter + key.slice(at + 1);
      expect(faultOfKey(wrong)).toBe(wrong === key ? null : "mistyped");
      const swapped = key.slice(0, at - 1) + key.charAt(at) + key.charAt(at - 1) + key.slice(at + 1);
      if (at > 8 && swapped !== key) expect(faultOfKey(swapped)).toBe("mistyped");
    }),
  );
});

test.each([
  "",
  "xs_live_",
  "xs_test_abc",
  "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
  `xs_live_${"a".repeat(48)}`,
  `xs_live_${"-".repeat(49)}`,
])("%j is no key at all", (text) => {
  expect(faultOfKey(text)).toBe("not_a_key");
});

test("what is kept of a key is its beginning and the SHA-256 of the whole", async () => {
  const { prefix, key_hash } = await describeKey("abc");
  // FIPS 180-2, appendix B.1.
  expect(key_hash).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  expect(prefix).toBe("abc");
  expect((await describeKey(newKeyText())).prefix).toMatch(/^xs_live_[0-9A-Za-z]{4}$/);
});
