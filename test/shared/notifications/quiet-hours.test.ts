import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quietUntil } from "../../../shared/domain/quiet-hours.ts";

const MINUTE = 60_000;
/** Zones with half hours and quarters, changes by half an hour, at midnight, and none. */
const ZONES = [
  "UTC",
  "Europe/Vienna",
  "America/New_York",
  "America/Sao_Paulo",
  "Asia/Kathmandu",
  "Asia/Beirut",
  "Australia/Lord_Howe",
  "Pacific/Chatham",
  "Pacific/Apia",
  "America/St_Johns",
  "Africa/Casablanca",
];

/** What a wall clock of the zone shows, `HH:MM`, told apart from how the code under test finds it. */
function wallClock(zone: string) {
  const clock = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  return (at: number) => clock.format(at);
}

const clockText = fc
  .integer({ min: 0, max: 1439 })
  .map((minute) =>
    [Math.floor(minute / 60), minute % 60].map((part) => String(part).padStart(2, "0")).join(":"),
  );

describe("quiet hours", () => {
  it("end at the first minute that the clocks of the zone show outside of them, whatever the zone and the day", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ZONES),
        clockText,
        clockText,
        fc.integer({ min: Date.UTC(2010, 0, 1) / MINUTE, max: Date.UTC(2030, 0, 1) / MINUTE }),
        (time_zone, start, end, minute) => {
          fc.pre(start !== end);
          const now = minute * MINUTE;
          const show = wallClock(time_zone);
          const quiet = (at: number) => {
            const shown = show(at);
            return start < end ? shown >= start && shown < end : shown >= start || shown < end;
          };
          let expected = now;
          while (quiet(expected)) expected += MINUTE;
          expect(quietUntil(now, { start, end, time_zone })).toBe(expected === now ? null : expected);
        },
      ),
      { numRuns: 150 },
    );
  });

  it.each([
    // Clocks go from 02:00 to 03:00, so a night is an hour shorter.
    ["2026-03-28T23:00:00Z", "2026-03-29T05:00:00Z", "Europe/Vienna"],
    // And from 03:00 back to 02:00.
    ["2026-10-24T23:00:00Z", "2026-10-25T06:00:00Z", "Europe/Vienna"],
    // By half an hour, in a zone that is ten and a half hours ahead.
    ["2026-04-04T12:00:00Z", "2026-04-04T20:30:00Z", "Australia/Lord_Howe"],
  ])("last by the clocks where these are changed: from %s to %s in %s", (now, end, time_zone) => {
    const until = quietUntil(Date.parse(now), { start: "22:00", end: "07:00", time_zone });
    expect(until === null ? null : new Date(until).toISOString()).toBe(new Date(end).toISOString());
  });

  it("hold from the start's first to before the end's first millisecond", () => {
    const hours = { start: "22:00", end: "07:00", time_zone: "UTC" };
    expect(quietUntil(Date.parse("2026-01-01T21:59:59.999Z"), hours)).toBeNull();
    expect(quietUntil(Date.parse("2026-01-01T22:00:00Z"), hours)).toBe(Date.parse("2026-01-02T07:00:00Z"));
    expect(quietUntil(Date.parse("2026-01-02T06:59:59.999Z"), hours)).toBe(
      Date.parse("2026-01-02T07:00:00Z"),
    );
    expect(quietUntil(Date.parse("2026-01-02T07:00:00Z"), hours)).toBeNull();
  });
});
