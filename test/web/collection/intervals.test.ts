import { expect, test } from "vitest";
import { intervalFor } from "../../../web/src/collection/intervals.ts";

const NOW = Date.UTC(2026, 10, 21);
const ago = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

test.each([
  ["a busy market, minutes", 5_000, ago(0), "1m"],
  ["a sale every few minutes", 400, ago(0), "5m"],
  ["a few sales a day", 30, ago(3), "1h"],
  ["busy until yesterday evening", 5_000, ago(20), "1h"],
  ["a history that ended years ago", 0, ago(24 * 900), "1d"],
  ["nothing known", null, null, "1h"],
])("%s", (_name, sales, last, interval) => {
  expect(intervalFor(sales, last, NOW)).toBe(interval);
});
