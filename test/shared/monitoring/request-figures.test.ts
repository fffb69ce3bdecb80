import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { REQUEST_BUCKETS_S, type RequestCount } from "../../../shared/contracts/room.ts";
import { addCount, bucketOf, noBuckets } from "../../../shared/monitoring/request-counts.ts";
import { markOf, quantile, requestFigures } from "../../../shared/monitoring/request-figures.ts";

interface Answered {
  seconds: number;
  failed: boolean;
}

function countAll(answered: readonly Answered[]): RequestCount[] {
  const counts = new Map<string, RequestCount>();
  for (const { seconds, failed } of answered) {
    const buckets = noBuckets();
    buckets[bucketOf(seconds)] = 1;
    const status = failed ? "5xx" : "2xx";
    addCount(counts, { method: "GET", route: "/", status, count: 1, sum_s: seconds, buckets });
  }
  return [...counts.values()];
}

const requests = fc.array(
  fc.record({ seconds: fc.double({ min: 0, max: 5, noNaN: true }), failed: fc.boolean() }),
  { maxLength: 60 },
);

describe("figures of requests", () => {
  it("are those of what came between two marks, also where the counts began anew", () => {
    fc.assert(
      fc.property(requests, requests, fc.boolean(), (before, since, lost) => {
        const then = markOf(countAll(before), 0);
        const now = markOf(countAll(lost ? since : [...before, ...since]), 10_000);
        // Losing less than came since cannot be told from never having counted it.
        fc.pre(!lost || since.length < before.length);
        const figures = requestFigures(then, now);
        expect(figures?.requests).toBe(since.length);
        expect(figures?.per_second).toBeCloseTo(since.length / 10);
        const errors = since.filter(({ failed }) => failed).length;
        if (since.length === 0) expect(figures).toMatchObject({ error_rate: null, p95_ms: null });
        else expect(figures?.error_rate).toBeCloseTo((errors / since.length) * 100);
      }),
      { numRuns: 200 },
    );
  });

  it("are none of two marks that lie close together", () => {
    expect(requestFigures(markOf([], 0), markOf([], 4000))).toBeNull();
    expect(requestFigures(markOf([], 5000), markOf([], 0))).toBeNull();
  });
});

describe("a quantile", () => {
  it("lies in the bucket of the true one", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 5, noNaN: true }), { minLength: 1, maxLength: 80 }),
        fc.constantFrom(0.5, 0.95, 0.99),
        (values, q) => {
          const buckets = noBuckets();
          for (const value of values) buckets[bucketOf(value)] = (buckets[bucketOf(value)] ?? 0) + 1;
          const rank = Math.max(1, Math.ceil(q * values.length - 1e-9));
          const exact = [...values].sort((a, b) => a - b)[rank - 1] ?? 0;
          const bucket = bucketOf(exact);
          const found = quantile(buckets, q) ?? Number.NaN;
          expect(found).toBeGreaterThanOrEqual(REQUEST_BUCKETS_S[bucket - 1] ?? 0);
          expect(found).toBeLessThanOrEqual((REQUEST_BUCKETS_S[bucket] ?? 0) + 1e-12);
        },
      ),
      { numRuns: 300 },
    );
  });

  test("is spread evenly within its bucket, and the last bound beyond it", () => {
    const between = noBuckets();
    between[bucketOf(0.2)] = 100;
    // 95 % of the way from 0.15 to 0.25.
    expect(quantile(between, 0.95)).toBeCloseTo(0.245);
    const beyond = noBuckets();
    beyond[bucketOf(60)] = 3;
    expect(quantile(beyond, 0.95)).toBe(5);
    expect(quantile(noBuckets(), 0.95)).toBeNull();
  });

  test("a duration of exactly a bound belongs below it", () => {
    for (const [bucket, bound] of REQUEST_BUCKETS_S.entries()) expect(bucketOf(bound)).toBe(bucket);
    expect(bucketOf(5.001)).toBe(REQUEST_BUCKETS_S.length);
  });
});
