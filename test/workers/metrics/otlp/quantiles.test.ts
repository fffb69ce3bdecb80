import { expect, test } from "vitest";
import { growthOf } from "../../../../workers/metrics/otlp/interval-quantiles.ts";
import {
  explicitBuckets,
  exponentialBuckets,
  quantileOf,
  sideFrom,
} from "../../../../workers/metrics/otlp/quantiles.ts";

const UNKNOWN = { min: null, max: null };

test("a quantile lies in its bucket, by linear interpolation", () => {
  // 10 values up to 10, 10 up to 20, none above: the 95th of 100 is 9/10 of the way through the second.
  const buckets = explicitBuckets([10, 10, 0], [10, 20], UNKNOWN) ?? [];
  expect([0.25, 0.5, 0.95, 1].map((share) => quantileOf(share, buckets, UNKNOWN))).toEqual([5, 10, 19, 20]);
});

test("what lies above the highest bound counts as that bound, unless the greatest value is known", () => {
  const of = (ends: { min: number | null; max: number | null }) =>
    quantileOf(0.99, explicitBuckets([0, 0, 4], [10, 20], ends) ?? [], ends);
  expect(of(UNKNOWN)).toBe(20);
  expect(of({ min: 30, max: 120 })).toBeCloseTo(119);
});

test("a first bound below zero has no lower end to interpolate from", () => {
  expect(quantileOf(0.5, explicitBuckets([4, 0], [-5], UNKNOWN) ?? [], UNKNOWN)).toBe(-5);
  expect(quantileOf(0.5, explicitBuckets([4], [], { min: 2, max: 4 }) ?? [], { min: 2, max: 4 })).toBe(3);
});

test("counts and bounds that do not go together are no histogram, and no values have no quantile", () => {
  expect(explicitBuckets([1, 2], [1, 2], UNKNOWN)).toBeNull();
  expect(explicitBuckets([1, 2, 3], [2, 1], UNKNOWN)).toBeNull();
  expect(quantileOf(0.5, [], UNKNOWN)).toBeNull();
});

test("buckets of an exponential histogram are powers of its base, on both sides of zero", () => {
  const side = (offset: number, ...counts: number[]) => sideFrom(offset, counts);
  // Scale 0: base 2. (1, 2] holds 2, (2, 4] holds 2; below zero [-2, -1) holds 1; one is zero.
  const buckets = exponentialBuckets(0, {
    positive: side(0, 2, 2),
    negative: side(0, 1),
    zero: { count: 1, threshold: 0 },
  });
  expect([1 / 6, 2 / 6, 4 / 6, 5 / 6, 1].map((share) => quantileOf(share, buckets, UNKNOWN))).toEqual([
    -1, 0, 2, 3, 4,
  ]);
  const halves = exponentialBuckets(1, {
    positive: side(2, 1),
    negative: side(0),
    zero: { count: 0, threshold: 0 },
  });
  expect(quantileOf(1, halves, UNKNOWN)).toBeCloseTo(2 ** 1.5);
});

test("of a histogram that counts from its start, what grew since is of the interval", () => {
  const bucket = (lower: number, count: number) => ({ lower, upper: lower + 1, count });
  const before = { at: 1000, buckets: [bucket(0, 5), bucket(1, 5)] };
  const now = (start: number, ...buckets: ReturnType<typeof bucket>[]) =>
    growthOf(before, { start, buckets });
  expect(now(0, bucket(0, 5), bucket(1, 7), bucket(2, 1))?.map(({ count }) => count)).toEqual([0, 2, 1]);
  // It began after the one before, or has less: it counts from 0.
  expect(now(1500, bucket(0, 6), bucket(1, 6))?.map(({ count }) => count)).toEqual([6, 6]);
  expect(now(0, bucket(0, 1), bucket(1, 6))?.map(({ count }) => count)).toEqual([1, 6]);
  // Other bounds: nothing can be said.
  expect(now(0, { lower: 0, upper: 2, count: 20 })).toBeNull();
});
