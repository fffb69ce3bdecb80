import { createTOTPKeyURI, generateHOTP, verifyHOTP } from "@oslojs/otp";
import { generateSync, ScureBase32Plugin } from "otplib";
import { describe, expect, it } from "vitest";
import { matchTotp, newTotpSecret, totpUri } from "../../../../shared/auth/mfa/totp.ts";

const base32 = new ScureBase32Plugin();
const text = (characters: string) => new TextEncoder().encode(characters);
const KEYS = {
  sha1: base32.encode(text("12345678901234567890")),
  sha256: base32.encode(text("12345678901234567890123456789012")),
  sha512: base32.encode(text("1234567890123456789012345678901234567890123456789012345678901234")),
};

describe("RFC 6238, appendix B", () => {
  it.each([
    [59, "94287082", "46119246", "90693936"],
    [1111111109, "07081804", "68084774", "25091201"],
    [1111111111, "14050471", "67062674", "99943326"],
    [1234567890, "89005924", "91819424", "93441116"],
    [2000000000, "69279037", "90698825", "38618901"],
    [20000000000, "65353130", "77737706", "47863826"],
  ])("at second %d each algorithm gives the code of its vector", (seconds, sha1, sha256, sha512) => {
    const step = Math.floor(seconds / 30);
    for (const [algorithm, code] of Object.entries({ sha1, sha256, sha512 }) as [
      keyof typeof KEYS,
      string,
    ][]) {
      expect(matchTotp(KEYS[algorithm], code, seconds * 1000, { algorithm, digits: 8 })).toBe(step);
      expect(matchTotp(KEYS[algorithm], code, (seconds + 61) * 1000, { algorithm, digits: 8 })).toBeNull();
    }
  });
});

describe("against a second implementation", () => {
  const NOW = Date.parse("2026-01-01T00:00:17Z");
  const STEP = Math.floor(NOW / 30_000);
  const secrets = Array.from({ length: 20 }, newTotpSecret);

  it("accepts the codes that it makes for the step before, of now, and after, and no others", () => {
    for (const secret of secrets) {
      const key = base32.decode(secret);
      const codes = [-2, -1, 0, 1, 2].map((away) => generateHOTP(key, BigInt(STEP + away), 6));
      expect(codes.map((code) => matchTotp(secret, code, NOW))).toEqual([
        null,
        STEP - 1,
        STEP,
        STEP + 1,
        null,
      ]);
    }
  });

  it("makes codes that it accepts", () => {
    for (const secret of secrets) {
      const code = generateSync({ secret, epoch: NOW / 1000 });
      expect(verifyHOTP(base32.decode(secret), BigInt(STEP), 6, code)).toBe(true);
    }
  });

  it("tells apps the same: issuer, account, secret, and nothing beside the defaults that changes codes", () => {
    const [secret = ""] = secrets;
    const ours = new URL(totpUri("ann+x@example.org", secret));
    const theirs = new URL(createTOTPKeyURI("XSEMA", "ann+x@example.org", base32.decode(secret), 30, 6));
    expect(decodeURIComponent(ours.pathname)).toBe(decodeURIComponent(theirs.pathname));
    for (const name of ["issuer", "secret"])
      expect(ours.searchParams.get(name)).toBe(theirs.searchParams.get(name));
    expect(ours.searchParams.get("algorithm") ?? "SHA1").toBe("SHA1");
    expect(ours.searchParams.get("digits") ?? "6").toBe("6");
    expect(ours.searchParams.get("period") ?? "30").toBe("30");
  });
});

it("makes secrets of 160 bits, each another", () => {
  const secrets = Array.from({ length: 100 }, newTotpSecret);
  expect(new Set(secrets).size).toBe(100);
  for (const secret of secrets) expect(base32.decode(secret)).toHaveLength(20);
});

it.each(["", "12345", "1234567", "12345a", "１２３４５６", "-12345", "1e5000"])(
  "takes %j for a wrong code, not for a fault",
  (code) => {
    expect(matchTotp(KEYS.sha1, code, 0)).toBeNull();
  },
);
