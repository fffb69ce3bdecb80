import { expect, test } from "vitest";
import { ageOf, clockTime, utcTime } from "../../../web/src/format/time.ts";

const NOW = Date.UTC(2026, 10, 21, 12, 0, 0);
const before = (seconds: number) => new Date(NOW - seconds * 1000).toISOString();

test.each([
  [0, "now"],
  [-30, "now"],
  [2, "2 s ago"],
  [59, "59 s ago"],
  [60, "1 min ago"],
  [3_599, "59 min ago"],
  [3_600, "1 h ago"],
  [172_799, "47 h ago"],
  [172_800, "2 days ago"],
])("%i seconds are told as %s", (seconds, told) => {
  expect(ageOf(before(seconds), NOW)).toBe(told);
});

test("a time that cannot be read is unknown, not a moment in 1970", () => {
  expect(ageOf("yesterday", NOW)).toBe("unknown age");
  expect(utcTime("yesterday")).toBe("unknown time");
  expect(clockTime("yesterday", NOW)).toBe("unknown");
});

test("titles say the exact time in UTC", () => {
  expect(utcTime("2026-11-21T09:05:07.123Z")).toBe("2026-11-21 09:05:07.123 UTC");
});

test("another day is shown by its date, and keeps its time of day", () => {
  expect(clockTime(before(0), NOW)).toMatch(/^\d{2}:\d{2}:\d{2}$/);
  const yesterday = clockTime(before(86_400), NOW);
  expect(yesterday).toMatch(/\d{2}:\d{2}/);
  expect(yesterday).toMatch(/Nov/);
  const lastYear = clockTime("2025-12-31T12:00:00Z", Date.parse("2026-01-01T12:00:00Z"));
  expect(lastYear).toMatch(/2025/);
  expect(lastYear).toMatch(/\d{2}:\d{2}/);
});
