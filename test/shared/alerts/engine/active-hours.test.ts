import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { activeHoursAt } from "../../../../shared/alerts/engine/active-hours.ts";
import { ActiveHours, Weekday } from "../../../../shared/contracts/alerts.ts";

const at = (hours: Parameters<typeof ActiveHours.parse>[0], iso: string) => {
  const { active, until } = activeHoursAt(ActiveHours.parse(hours), Date.parse(iso));
  return [active, until === null ? null : new Date(until).toISOString()];
};
const VIENNA = { time_zone: "Europe/Vienna" };

describe("active hours", () => {
  it("always hold where there are none, or all", () => {
    expect(activeHoursAt(null, 0)).toEqual({ active: true, until: null });
    expect(at(VIENNA, "2026-01-05T00:00:00Z")).toEqual([true, null]);
  });

  it.each<[string, object, string, [boolean, string]]>([
    ["within", { start: "09:00", end: "17:00" }, "2026-01-05T09:00:00Z", [true, "2026-01-05T16:00:00.000Z"]],
    [
      "at their end",
      { start: "09:00", end: "17:00" },
      "2026-01-05T16:00:00Z",
      [false, "2026-01-06T08:00:00.000Z"],
    ],
    [
      "after midnight, of the day before",
      { days: ["fri"], start: "22:00", end: "06:00" },
      "2026-01-10T04:59:59Z",
      [true, "2026-01-10T05:00:00.000Z"],
    ],
    [
      "after midnight, of a day that is not theirs",
      { days: ["sat"], start: "22:00", end: "06:00" },
      "2026-01-10T03:00:00Z",
      [false, "2026-01-10T21:00:00.000Z"],
    ],
    [
      "whole days on end",
      { days: ["mon", "tue"] },
      "2026-01-05T12:00:00Z",
      [true, "2026-01-06T23:00:00.000Z"],
    ],
    [
      "until next week",
      { days: ["mon"], start: "09:00", end: "10:00" },
      "2026-01-05T09:00:00Z",
      [false, "2026-01-12T08:00:00.000Z"],
    ],
    [
      "over clocks put forward",
      { start: "22:00", end: "06:00" },
      "2026-03-28T22:00:00Z",
      [true, "2026-03-29T04:00:00.000Z"],
    ],
    [
      "over clocks put back",
      { start: "22:00", end: "06:00" },
      "2026-10-24T22:00:00Z",
      [true, "2026-10-25T05:00:00.000Z"],
    ],
  ])("%s", (_name, hours, iso, expected) => {
    expect(at({ ...VIENNA, ...hours }, iso)).toEqual(expected);
  });

  it("change exactly when they say, seen from any minute", () => {
    const clock = fc.integer({ min: 0, max: 95 }).map((quarter) => {
      const [hour, minute] = [Math.floor(quarter / 4), (quarter % 4) * 15];
      return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
    });
    const hours = fc.record({
      days: fc.uniqueArray(fc.constantFrom(...Weekday.options), { minLength: 1 }),
      start: clock,
      end: clock,
      time_zone: fc.constantFrom("Europe/Vienna", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"),
    });
    const from = Date.UTC(2026, 2, 25);
    fc.assert(
      fc.property(hours, fc.integer({ min: 0, max: 30 * 1440 }), (some, minute) => {
        const t = from + minute * 60_000;
        const { active, until } = activeHoursAt(some, t);
        if (until === null) return;
        expect(until).toBeGreaterThan(t);
        expect(activeHoursAt(some, until).active).toBe(!active);
        for (let part = 0; part < 20; part++) {
          const between = t + Math.floor(((until - t) * part) / 20);
          expect(activeHoursAt(some, between)).toEqual({ active, until });
        }
      }),
      { numRuns: 60 },
    );
  });
});
