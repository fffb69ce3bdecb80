import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextAttempt, readRetryAfter } from "../../../shared/webhooks/retry.ts";

const SCHEDULE = [0, 5, 300, 1800, 7200, 18_000, 36_000, 36_000].map((wait) => wait * 1000);
const failed = {
  attempts: 1,
  kind: "status" as const,
  status: 500 as number | null,
  retry_after_ms: null as number | null,
};
const attempts = fc.integer({ min: 1, max: 7 });
const random = fc.double({ min: 0, max: 1, noNaN: true });
const kind = fc.constantFrom("timeout", "refused_address", "connection", "redirect", "status");

describe("when to try again", () => {
  it("follows the schedule in the middle of its jitter, and gives up after the eighth attempt", () => {
    const waits = SCHEDULE.map(
      (_, index) => nextAttempt(SCHEDULE, 0.5, { ...failed, attempts: index + 1 })?.delay_ms ?? null,
    );
    expect(waits).toEqual([5000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000, null]);
  });

  it("stays within 20 % of the schedule whatever chance says, where nothing else is asked for", () => {
    fc.assert(
      fc.property(attempts, random, (made, chance) => {
        const base = SCHEDULE[made] ?? 0;
        const next = nextAttempt(SCHEDULE, chance, { ...failed, attempts: made });
        expect(next?.delay_ms).toBeGreaterThanOrEqual(base * 0.8 - 1);
        expect(next?.delay_ms).toBeLessThanOrEqual(base * 1.2 + 1);
      }),
    );
    expect(nextAttempt(SCHEDULE, 0, failed)?.delay_ms).toBe(4000);
    expect(nextAttempt(SCHEDULE, 1, failed)?.delay_ms).toBe(6000);
  });

  it("heeds Retry-After between the schedule's wait and twice that", () => {
    fc.assert(
      fc.property(attempts, random, fc.nat(100_000_000), (made, chance, asked) => {
        const base = SCHEDULE[made] ?? 0;
        const next = nextAttempt(SCHEDULE, chance, { ...failed, attempts: made, retry_after_ms: asked });
        expect(next?.delay_ms).toBe(Math.min(Math.max(asked, base), 2 * base));
      }),
    );
    const { reason } = nextAttempt(SCHEDULE, 0.5, { ...failed, attempts: 2, retry_after_ms: 400_000 }) ?? {};
    expect(reason).toBe("attempt 3 of 8: Retry-After asked for 400 s");
    const held = nextAttempt(SCHEDULE, 0.5, { ...failed, attempts: 2, retry_after_ms: 9_000_000 });
    expect(held?.reason).toBe("attempt 3 of 8: Retry-After asked for 9000 s, held between 300 s and 600 s");
  });

  it("waits a minute at least after a time-out or 429, whatever else is asked for", () => {
    fc.assert(
      fc.property(attempts, random, fc.option(fc.nat(1_000_000)), (made, chance, asked) => {
        const given = { attempts: made, retry_after_ms: asked };
        for (const odd of [
          { kind: "timeout" as const, status: null },
          { kind: "status" as const, status: 429 },
        ])
          expect(nextAttempt(SCHEDULE, chance, { ...given, ...odd })?.delay_ms).toBeGreaterThanOrEqual(
            60_000,
          );
      }),
    );
  });

  it("says why in words, for every failure", () => {
    fc.assert(
      fc.property(attempts, random, kind, (made, chance, what) => {
        const next = nextAttempt(SCHEDULE, chance, { ...failed, kind: what, attempts: made });
        expect(next?.reason).toMatch(new RegExp(`^attempt ${made + 1} of 8: .+`));
      }),
    );
  });
});

describe("Retry-After", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  it.each([
    ["120", 120_000],
    [" 0 ", 0],
    ["Thu, 01 Jan 2026 00:01:00 GMT", 60_000],
    ["Wed, 31 Dec 2025 23:59:00 GMT", 0],
    ["soon", null],
    ["-5", null],
    ["1.5", null],
    ["2026-01-01T00:01:00Z", null],
    ["", null],
    [null, null],
  ])("reads %j as %j ms", (header, ms) => {
    expect(readRetryAfter(header, now)).toBe(ms);
  });
});
