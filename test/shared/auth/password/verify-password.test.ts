import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { hashPassword } from "../../../../shared/auth/password/hash-password.ts";
import { verifyPassword } from "../../../../shared/auth/password/verify-password.ts";
import { cpuTimeOf } from "../../../support/cpu-time.ts";
import { CHEAP, config } from "./support.ts";

const RIGHT = { ok: true, rehash: false };
const OLD = { ok: true, rehash: true };
const WRONG = { ok: false, rehash: false };

describe("a hash of ours", () => {
  test("is a PHC string with the configured cost, and verifies its password only", async () => {
    const phc = await hashPassword(config(), "correct horse battery staple");
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(await verifyPassword(config(), "correct horse battery staple", phc)).toEqual(RIGHT);
    expect(await verifyPassword(config(), "correct horse battery stapler", phc)).toEqual(WRONG);
    expect(await verifyPassword(config(), "Correct horse battery staple", phc)).toEqual(WRONG);
  });

  test("differs each time", async () => {
    expect(await hashPassword(CHEAP, "the same password")).not.toBe(
      await hashPassword(CHEAP, "the same password"),
    );
  });

  test("verifies the same characters in another form of Unicode", async () => {
    const phc = await hashPassword(CHEAP, "Ångström ﬁve ①");
    expect(await verifyPassword(CHEAP, "Ångström ﬁve ①".normalize("NFD"), phc)).toEqual(RIGHT);
    expect(await verifyPassword(CHEAP, "Ångström five 1", phc)).toEqual(RIGHT);
  });

  test("is of the whole password: the last of 128 characters counts", async () => {
    const phc = await hashPassword(CHEAP, `${"é😀".repeat(63)}xy`);
    expect(await verifyPassword(CHEAP, `${"é😀".repeat(63)}xy`, phc)).toEqual(RIGHT);
    expect(await verifyPassword(CHEAP, `${"é😀".repeat(63)}xz`, phc)).toEqual(WRONG);
  });

  test("is to be made anew once the cost rose, not when it fell", async () => {
    const phc = await hashPassword({ PASSWORD_MEMORY_KIB: 2048, PASSWORD_PASSES: 2 }, "a password");
    const verify = (PASSWORD_MEMORY_KIB: number, PASSWORD_PASSES: number) =>
      verifyPassword({ PASSWORD_MEMORY_KIB, PASSWORD_PASSES }, "a password", phc);
    expect(await verify(2048, 3)).toEqual(OLD);
    expect(await verify(4096, 2)).toEqual(OLD);
    expect(await verify(2048, 2)).toEqual(RIGHT);
    expect(await verify(1024, 1)).toEqual(RIGHT);
    expect(await verifyPassword({ PASSWORD_MEMORY_KIB: 4096, PASSWORD_PASSES: 9 }, "another", phc)).toEqual(
      WRONG,
    );
  });

  test("of nothing is refused, and nothing never verifies", async () => {
    await expect(hashPassword(CHEAP, "")).rejects.toMatchObject({ code: "invalid_request" });
    expect(await verifyPassword(CHEAP, "", await hashPassword(CHEAP, "?"))).toEqual(WRONG);
    expect(
      await verifyPassword(CHEAP, "", "$2b$04$zVHmKQtGGQob.b/Nc7l9NO8UlrYcW05FiuCj/SxsFO/ZtiN9.mNzy"),
    ).toEqual(WRONG);
  });
});

/** Median milliseconds of processor time, of an odd number of runs in turn with each other. */
async function medians(...runs: (() => Promise<unknown>)[]): Promise<number[]> {
  const times = runs.map((): number[] => []);
  for (let n = 0; n < 7; n++)
    for (const [index, run] of runs.entries()) {
      times[index]?.push(await cpuTimeOf(run));
    }
  return times.map((each) => each.sort((a, b) => a - b)[3] ?? Number.NaN);
}

describe("an account without a hash", () => {
  test("is never right, and takes as long as a wrong password", async () => {
    const phc = await hashPassword(config(), "a password");
    expect(await verifyPassword(config(), "a password", null)).toEqual(WRONG);
    const [known = 0, unknown = 0, unusable = 0, tiny = 0] = await medians(
      () => verifyPassword(config(), "wrong", phc),
      () => verifyPassword(config(), "wrong", null),
      () => verifyPassword(config(), "wrong", "not a hash"),
      () => verifyPassword(CHEAP, "wrong", null),
    );
    expect(unknown).toBeGreaterThan(known / 2);
    expect(unknown).toBeLessThan(known * 2);
    expect(unusable).toBeGreaterThan(known / 2);
    // Shows that the comparison would see the work left out.
    expect(tiny).toBeLessThan(known / 2);
  });
});

describe("scrypt hashes from elsewhere", () => {
  const b64 = (hex: string) => Buffer.from(hex, "hex").toString("base64").replace(/=+$/, "");
  // RFC 7914, 12: "pleaseletmein", "SodiumChloride", N=16384, r=8, p=1.
  const rfc = b64(
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2" +
      "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887",
  );
  const salt = Buffer.from("SodiumChloride").toString("base64").replace(/=+$/, "");

  test("verify, and are to be replaced", async () => {
    const phc = `$scrypt$ln=14,r=8,p=1$${salt}$${rfc}`;
    expect(await verifyPassword(CHEAP, "pleaseletmein", phc)).toEqual(OLD);
    expect(await verifyPassword(CHEAP, "pleaseletmein!", phc)).toEqual(WRONG);
  });

  test("are refused where they would take a gigabyte", async () => {
    const phc = `$scrypt$ln=20,r=8,p=1$${salt}$${rfc}`;
    const answer = await verifyPassword(CHEAP, "pleaseletmein", phc);
    expect(answer).toEqual({ ...WRONG, problem: "scrypt has ln=20, which is not within 10 to 16" });
  });
});

describe("bcrypt hashes from elsewhere", () => {
  // Published with OpenBSD's and jBCrypt's tests.
  test.each([
    ["a", "$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe"],
    ["abcdefghijklmnopqrstuvwxyz", "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC"],
    ["~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO"],
    // crypt_blowfish, wrapper.c
    ["U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
    ["U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"],
    ["U*U*", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.VGOzA784oUp/Z0DY336zx7pLYAy0lwK"],
  ])("verify %j, and are to be replaced", async (password, hash) => {
    expect(await verifyPassword(CHEAP, password, hash)).toEqual(OLD);
    expect(await verifyPassword(CHEAP, `${password}x`, hash)).toEqual(WRONG);
  });

  test("of more than 72 bytes verify as they did, and stay, since the rest cannot be known", async () => {
    const seen = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    // crypt_blowfish, wrapper.c
    const hash = "$2a$05$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui";
    expect(await verifyPassword(CHEAP, seen, hash)).toEqual(OLD);
    expect(await verifyPassword(CHEAP, `${seen}chars after 72 are ignored`, hash)).toEqual(RIGHT);
    expect(await verifyPassword(CHEAP, seen.slice(0, 71), hash)).toEqual(WRONG);
  });
});

describe("a stored hash that cannot be used is refused with the reason", () => {
  const argon2 = (cost: string, salt = "c29tZXNhbHRzb21lc2FsdA", hash = "A".repeat(43)) =>
    `$argon2id$v=19$${cost}$${salt}$${hash}`;
  test.each([
    ["", "unknown form"],
    ["a password in clear", "unknown form"],
    ["$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHQ", "unknown form"],
    [argon2("m=65537,t=2,p=1"), "m=65537, which is not within 1024 to 65536"],
    [argon2("m=8,t=2,p=1"), "m=8, which"],
    [argon2("m=19456,t=11,p=1"), "t=11, which"],
    [argon2("m=19456,t=0,p=1"), "t=0, which"],
    [argon2("m=19456,t=2,p=17"), "p=17, which"],
    [argon2("m=19456,t=2"), "lacks p"],
    [argon2("m=19456,t=2,p=1,x=1"), "parameters that are not known"],
    [argon2("m=19456,t=2,p=1", "c29tZQ"), "salt=4, which"],
    [argon2("m=19456,t=2,p=1", undefined, "A".repeat(6)), "hash=4, which"],
    [argon2("m=19456,t=2,p=1").replace("v=19", "v=16"), "version 16"],
    [argon2("m=19456,t=2,p=1").replace("argon2id", "argon2i"), "argon2i, which is not known"],
    ["$scrypt$ln=16,r=32,p=1$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAA", "too much memory"],
    ["$scrypt$ln=15,r=8,p=16$c29tZXNhbHRzb21lc2FsdA$AAAAAAAAAAAAAAAAAAAAAAAA", "too long"],
    [`$2b$15$${"a".repeat(53)}`, "cost=15, which is not within 4 to 14"],
    [`$2x$05$${"a".repeat(53)}`, "unknown form"],
  ])("%s", async (phc, problem) => {
    const answer = await verifyPassword(CHEAP, "a password", phc);
    expect(answer).toMatchObject(WRONG);
    expect(answer.problem).toContain(problem);
  });
});

test("whatever well-formed text is hashed verifies, and only it does", async () => {
  // Of the Big List of Naughty Strings.
  const file = new URL("./fixtures/naughty-strings.json", import.meta.url);
  const naughty = z.array(z.string()).parse(JSON.parse(readFileSync(file, "utf8")));
  const texts = [...naughty, "\0", "a\0b", "\u{10ffff}", "😀".repeat(128), "e\u0301".repeat(64)];
  expect(texts.length).toBeGreaterThan(500);
  for (const text of texts.filter((each) => each !== "")) {
    const phc = await hashPassword(CHEAP, text);
    expect([text, await verifyPassword(CHEAP, text, phc)]).toEqual([text, RIGHT]);
    expect([text, await verifyPassword(CHEAP, `${text}\0`, phc)]).toEqual([text, WRONG]);
  }
});
