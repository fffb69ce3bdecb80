import { dictionary } from "@zxcvbn-ts/language-common";
import { describe, expect, test } from "vitest";
import { checkPassword, type NewPassword } from "../../../../shared/auth/password/check-password.ts";
import { isCommon } from "../../../../shared/auth/password/estimate-strength.ts";
import { normalisePassword } from "../../../../shared/auth/password/normalise-password.ts";
import { passwordStrength } from "../../../../shared/auth/password/password-strength.ts";
import { cpuTimeOf } from "../../../support/cpu-time.ts";
import { config } from "./support.ts";

const someone: Omit<NewPassword, "password"> = {
  email: "alice.smith@example.com",
  name: "Alice Smith",
  mfa_enabled: false,
};

/** What is said against a password; null when nothing is. */
async function refusal(password: string, given: Partial<typeof someone> = {}, settings = {}) {
  const errors = await checkPassword({ config: config(settings) }, { ...someone, ...given, password });
  expect(errors.length).toBeLessThan(2);
  for (const { pointer } of errors) expect(pointer).toBe("/password");
  return errors[0]?.message ?? null;
}

test("takes long passphrases, in any script and without any mixture of characters", async () => {
  for (const password of [
    "correct horse battery staple",
    "mjuoqrcvxbwlzkeyatdf",
    "93052718446093751842",
    "пятнадцать слонов идут в гости",
    "赤い電車が夜の橋を静かに渡って行った",
    "🦆🌋🧵🛰️🥨🪗🦑🏓🚜🧊🪁🦚🎻🧭",
    "  spaces around and in between  ",
  ])
    expect([password, await refusal(password)]).toEqual([password, null]);
});

describe("length", () => {
  test("is 15 at least, or 8 with a second factor", async () => {
    expect(await refusal("vq7#kTz!m2Lw9x")).toBe(
      "has 14 characters; it must have at least 15, or 8 once a second factor is on",
    );
    expect(await refusal("vq7#kTz!m2Lw9xR")).toBeNull();
    expect(await refusal("vq7#kTz!", { mfa_enabled: true })).toBeNull();
    expect(await refusal("vq7#kTz", { mfa_enabled: true })).toBe("has 7 characters; it must have at least 8");
    expect(await refusal("")).toContain("has 0 characters");
  });

  test("is 128 at most, and nothing is cut off", async () => {
    const long = "qgBv0x!kR8wZt".repeat(10);
    expect(await refusal(`${long.slice(0, 90)}${"zK4;mPq2#sVw7Lx9Yd1Fh6Jn3Tb5Rc8Gu0Eia"}.`)).toBeNull();
    expect(await refusal(long.slice(0, 129))).toBe("has 129 characters; it must have at most 128");
    expect(await refusal("x".repeat(100_000))).toBe("must have at most 128 characters");
  });

  test("counts characters, not bytes or UTF-16 units, after normalisation", async () => {
    expect(await refusal("🦆🌋🧵🛰🥨🪗🦑🏓🚜🧊🪁🦚🎻🧭")).toContain("has 14 characters");
    expect(await refusal("e\u0301".repeat(14))).toContain("has 14 characters");
    const emoji = Array.from({ length: 128 }, (_, i) => String.fromCodePoint(0x1f400 + ((i * 37) % 61))).join(
      "",
    );
    expect(await refusal(emoji)).toBeNull();
  });
});

test("refuses what is no text that can be typed again", async () => {
  expect(await refusal("correct horse\ud800 battery")).toContain("surrogate");
  expect(await refusal("correct horse\0 battery staple")).toContain("control characters");
  expect(await refusal("correct horse\tbattery staple")).toContain("control characters");
  expect(await refusal("correct horse battery \u{3ffff}")).toContain("not assigned");
});

describe("what others guess first is refused", () => {
  const commonest = (count: number) => dictionary["passwords-common"].slice(0, count);

  test("the 1,000 commonest passwords, with and without a second factor, in capitals too", async () => {
    for (const password of commonest(1000)) {
      expect([password, await refusal(password, { mfa_enabled: true })]).not.toContain(null);
      expect([password, await refusal(password)]).not.toContain(null);
      expect([password, await refusal(password.toUpperCase(), { mfa_enabled: true })]).not.toContain(null);
    }
  }, 120_000);

  test("the 3,000 commonest that are long enough are called common", async () => {
    const long = commonest(49_000).filter((password) => password.length >= 8);
    for (const [index, password] of long.slice(0, 3000).entries()) {
      expect([password, isCommon(normalisePassword(password))]).toEqual([password, true]);
      // Judging a password whole takes as long as hashing it: every tenth must do.
      if (index % 10 > 0) continue;
      expect([password, await refusal(password, { mfa_enabled: true }, { PASSWORD_MIN_SCORE: "0" })]).toEqual(
        [password, "is one of the most used passwords, which are tried first"],
      );
    }
  }, 120_000);

  test.each([
    ["passwordpassword", "most used"],
    ["trustno1trustno1trustno1", "strength 0 of 4"],
    ["aaaaaaaaaaaaaaaaaaaa", "strength"],
    ["letmein123456789", "similar to a commonly used password"],
    ["qwertyuiopasdfgh", "strength"],
    ["123456789012345", "strength"],
  ])("%s", async (password, said) => {
    expect(await refusal(password)).toContain(said);
  });
});

describe("what is known of the person is refused", () => {
  test.each([
    "alice.smith@example.com",
    "AliceSmith-alicesmith",
    "smithalice example",
    "Alice.Smith.2024",
    "xsema-xsema-2026",
    "ＡＬＩＣＥ ＳＭＩＴＨ alice",
  ])("%s", async (password) => {
    expect(await refusal(password)).toContain("too similar");
  });

  test.each(["admin@localhost", "admin@intranet.example", "bob@mail.museum"])(
    "every part of an address, whatever its host: %s",
    async (email) => {
      expect(await refusal(`${email}1`, { email, name: null })).toContain("too similar");
      expect(
        await refusal(`${email.split(/[@.]/).reverse().join("-")}-`.padEnd(16, "1"), { email, name: null }),
      ).toContain("too similar");
    },
  );

  test("but not a passphrase in which the name is a small part", async () => {
    expect(await refusal("alice found nine umbrellas in the harbour")).toBeNull();
    expect(await refusal("savannah-turnip-orbit-7", { email: "anna@example.com", name: "Anna" })).toBeNull();
  });

  test("also where the address or the name is odd", async () => {
    expect(await refusal("correct horse battery", { email: "", name: null })).toBeNull();
    expect(await refusal("correct horse battery", { email: "@", name: "" })).toBeNull();
    expect(await refusal("o'brien-o'brien-o'brien", { email: "o'brien@x.org", name: "" })).toContain(
      "similar",
    );
  });
});

test("asks for the configured strength", async () => {
  expect(await refusal("iloveyouforever!")).toBeNull();
  expect(await refusal("iloveyouforever!", {}, { PASSWORD_MIN_SCORE: "4" })).toContain(
    "strength 3 of 4, at least 4 is needed",
  );
  expect(await refusal("kitchen17", { mfa_enabled: true })).toContain("at least 2 is needed");
});

describe("passwordStrength", () => {
  test("says how hard to guess, and how to do better", async () => {
    expect(await passwordStrength("correct horse battery staple", [])).toEqual({
      score: 4,
      feedback: { warning: null, suggestions: [] },
    });
    const weak = await passwordStrength("password", []);
    expect(weak.score).toBe(0);
    expect(weak.feedback.warning).toContain("heavily used");
    expect(weak.feedback.suggestions.length).toBeGreaterThan(0);
  });

  test("counts what is known of the person as guessed", async () => {
    const without = await passwordStrength("quibblesnort7", []);
    expect((await passwordStrength("quibblesnort7", ["quibblesnort"])).score).toBeLessThan(without.score);
  });

  test("takes a bounded time for the worst of passwords", async () => {
    await passwordStrength("anything", []);
    const worst = "4@8({[</369&#!1/|0$5+7%2".repeat(6).slice(0, 128);
    expect(await cpuTimeOf(() => passwordStrength(worst, []))).toBeLessThan(900);
  });
});
