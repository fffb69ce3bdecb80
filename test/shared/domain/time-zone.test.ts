import fc from "fast-check";
import { expect, it } from "vitest";
import { zonedMidnight } from "../../../shared/domain/time-zone.ts";

const midnight = (year: number, month: number, day: number, zone: string) =>
  new Date(zonedMidnight({ year, month, day }, zone)).toISOString();

it.each([
  [2026, 1, 15, "UTC", "2026-01-15T00:00:00.000Z"],
  [2026, 1, 15, "Europe/Berlin", "2026-01-14T23:00:00.000Z"],
  [2026, 7, 15, "Europe/Berlin", "2026-07-14T22:00:00.000Z"],
  [2026, 1, 15, "America/New_York", "2026-01-15T05:00:00.000Z"],
  [2026, 1, 15, "Asia/Kathmandu", "2026-01-14T18:15:00.000Z"],
  [2026, 1, 15, "Pacific/Kiritimati", "2026-01-14T10:00:00.000Z"],
] as const)("%d-%d-%d begins in %s at %s", (year, month, day, zone, start) => {
  expect(midnight(year, month, day, zone)).toBe(start);
});

it("begins a day without a midnight with its first instant", () => {
  // In Beirut, clocks went from 00:00 to 01:00 on 30 March 2025.
  expect(midnight(2025, 3, 30, "Asia/Beirut")).toBe("2025-03-29T22:00:00.000Z");
});

it("begins a day, and no moment earlier belongs to it", () => {
  const zones = [
    "UTC",
    "Europe/Berlin",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Asia/Tehran",
    "America/St_Johns",
  ];
  fc.assert(
    fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 20_000 }), (zone, days) => {
      const civil = new Date(days * 86_400_000);
      const date = { year: civil.getUTCFullYear(), month: civil.getUTCMonth() + 1, day: civil.getUTCDate() };
      const start = zonedMidnight(date, zone);
      const shown = (ms: number) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(ms);
      const name = civil.toISOString().slice(0, 10);
      expect(shown(start)).toBe(name);
      expect(shown(start - 1) < name).toBe(true);
    }),
  );
});
