import { expect, test } from "vitest";
import { isPasswordExpired } from "../../../../shared/auth/password/password-expiry.ts";

const changed = Date.parse("2026-01-01T00:00:00Z");
const after = (days: number, ms = 0) => changed + days * 86_400_000 + ms;

test("a password never expires unless that is asked for", () => {
  const config = { PASSWORD_MAX_AGE_DAYS: 0 };
  expect(isPasswordExpired(config, changed, after(10_000))).toBe(false);
  expect(isPasswordExpired(config, null, after(0))).toBe(false);
});

test("a password expires as many days after its change as is asked for", () => {
  const config = { PASSWORD_MAX_AGE_DAYS: 90 };
  expect(isPasswordExpired(config, changed, after(90, -1))).toBe(false);
  expect(isPasswordExpired(config, changed, after(90))).toBe(true);
});

test("a password of unknown age has expired where passwords do", () => {
  expect(isPasswordExpired({ PASSWORD_MAX_AGE_DAYS: 90 }, null, changed)).toBe(true);
});
