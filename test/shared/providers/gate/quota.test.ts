import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countCall, quotaWait, type SlotCounts } from "../../../../shared/providers/gate/quota.ts";

const START = 1_788_949_800_123;

describe("a quota", () => {
  it("is never exceeded in any stretch of its window, however calls come", () => {
    const Calls = fc.array(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.constantFrom(600, 6000, 777),
        Calls,
        (limit, window_ms, pauses) => {
          const quota = { limit, window_ms };
          let counts: SlotCounts = [];
          let now = START;
          const let_through: number[] = [];
          for (const pause of pauses) {
            now += pause;
            if (quotaWait(quota, counts, now) > 0) continue;
            counts = countCall(quota, counts, now);
            let_through.push(now);
          }
          for (const [index, first] of let_through.entries()) {
            const next = let_through[index + limit];
            if (next !== undefined) expect(next - first).toBeGreaterThanOrEqual(window_ms);
          }
        },
      ),
    );
  });

  it("lets a call through after exactly the wait that it named", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 40 }),
        (limit, pauses) => {
          const quota = { limit, window_ms: 1000 };
          let counts: SlotCounts = [];
          let now = START;
          for (const pause of pauses) {
            now += pause;
            if (quotaWait(quota, counts, now) === 0) counts = countCall(quota, counts, now);
          }
          const wait = quotaWait(quota, counts, now);
          expect(wait).toBeLessThanOrEqual(1000 + 1000 / 60 + 1);
          expect(quotaWait(quota, counts, now + wait)).toBe(0);
        },
      ),
    );
  });

  it("gives the whole quota out at once", () => {
    let counts: SlotCounts = [];
    for (let call = 0; call < 60; call += 1) {
      expect(quotaWait({ limit: 60, window_ms: 60_000 }, counts, START)).toBe(0);
      counts = countCall({ limit: 60, window_ms: 60_000 }, counts, START);
    }
    expect(quotaWait({ limit: 60, window_ms: 60_000 }, counts, START)).toBeGreaterThan(0);
  });

  it("keeps no more than a window's slots", () => {
    let counts: SlotCounts = [];
    for (let second = 0; second < 500; second += 1)
      counts = countCall({ limit: 1000, window_ms: 60_000 }, counts, START + second * 1000);
    expect(counts.length).toBeLessThanOrEqual(61);
  });
});
