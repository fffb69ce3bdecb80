import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RequestWindow } from "../../../durable-objects/api-key/request-window.ts";

const START = Date.parse("2026-01-01T00:00:00Z");

describe("the rate limit of a key", () => {
  test("lets as many through as it allows, then says when there is room again", () => {
    const window = new RequestWindow();
    const remaining = [0, 1, 2].map((i) => window.take(START + i * 1000, 3).state.remaining);
    expect(remaining).toEqual([2, 1, 0]);
    expect(window.take(START + 30_000, 3)).toEqual({
      allowed: false,
      state: { limit: 3, remaining: 0, reset_s: 31 },
    });
    expect(window.take(START + 60_999, 3).allowed).toBe(false);
    expect(window.take(START + 61_000, 3).allowed).toBe(true);
    expect(window.take(START + 61_000, 3).allowed).toBe(false);
  });

  test("does not count what it refuses, so that who knocks too often gets in again", () => {
    const window = new RequestWindow();
    window.take(START, 1);
    for (let s = 1; s <= 60; s += 1) expect(window.take(START + s * 1000, 1).allowed).toBe(false);
    expect(window.take(START + 61_000, 1).allowed).toBe(true);
  });

  test("never lets more than the limit through in any minute, also over an eviction", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 9000 }), { maxLength: 120 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 8 }), fc.nat(100), (waits, limit, evictAt) => {
        let window = new RequestWindow();
        let now = START;
        const let_in: number[] = [];
        for (const [index, wait] of waits.entries()) {
          now += wait;
          if (index === evictAt) window = new RequestWindow(window.snapshot());
          const { allowed, state } = window.take(now, limit);
          if (allowed) let_in.push(now);
          // Whoever waits as long as it is told gets in.
          if (!allowed) {
            const later = new RequestWindow(window.snapshot());
            expect(later.take(now + state.reset_s * 1000, limit).allowed).toBe(true);
          }
        }
        for (const at of let_in) {
          const within = let_in.filter((other) => other >= at && other < at + 60_000);
          expect(within.length).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });

  test("of a smaller limit than before counts what was let through under the larger", () => {
    const window = new RequestWindow();
    for (let i = 0; i < 10; i += 1) window.take(START, 10);
    expect(window.take(START + 1000, 5)).toMatchObject({ allowed: false, state: { limit: 5, remaining: 0 } });
  });
});
