/** So many values lie above `lower` and up to `upper`. */
export interface Bucket {
  lower: number;
  upper: number;
  count: number;
}

/** The least and the greatest value, where they are known. */
export interface Ends {
  min: number | null;
  max: number | null;
}

/** The quantiles that histograms are kept as, by the last part of their names. */
export const QUANTILES: readonly (readonly [string, number])[] = [
  ["p50", 0.5],
  ["p95", 0.95],
  ["p99", 0.99],
];

/**
 * Buckets of explicit bounds: the first has no lower end and the last no upper one. As Prometheus has it, the first begins
 * at 0 where its bound is positive, and what lies above the highest bound counts as that bound
 * (https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile); `min` and `max` say it better.
 * `null` where counts and bounds do not go together.
 */
export function explicitBuckets(
  counts: readonly number[],
  bounds: readonly number[],
  { min, max }: Ends,
): Bucket[] | null {
  if (counts.length === 0 && bounds.length === 0) return [];
  if (counts.length !== bounds.length + 1) return null;
  if (
    bounds.some((bound, i) => !Number.isFinite(bound) || bound <= (bounds[i - 1] ?? Number.NEGATIVE_INFINITY))
  )
    return null;
  const first = bounds[0] ?? max ?? 0;
  const last = bounds.at(-1) ?? min ?? 0;
  const lowest = Math.min(first, min ?? (first > 0 ? 0 : first));
  const highest = Math.max(last, max ?? last);
  const ends = [lowest, ...bounds, highest];
  return counts.map((count, i) => ({ lower: ends[i] ?? 0, upper: ends[i + 1] ?? 0, count }));
}

/** Buckets of an exponential histogram on one side of zero, in the order of their indexes. */
export type Side = readonly { index: number; count: number }[];

/** Buckets that lie side by side from an index on. */
export const sideFrom = (offset: number, counts: readonly number[]): Side =>
  counts.map((count, i) => ({ index: offset + i, count }));

/**
 * Buckets of an exponential histogram, from the lowest: the one at index i holds what lies above base^i up to base^(i+1),
 * where base is 2^(2^-scale) (https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram).
 */
export function exponentialBuckets(
  scale: number,
  {
    positive,
    negative,
    zero,
  }: { positive: Side; negative: Side; zero: { count: number; threshold: number } },
): Bucket[] {
  const bound = (index: number) => 2 ** (index * 2 ** -scale);
  const upwards = (side: Side) =>
    side.map(({ index, count }) => ({ lower: bound(index), upper: bound(index + 1), count }));
  const below = upwards(negative)
    .map(({ lower, upper, count }) => ({ lower: -upper, upper: -lower, count }))
    .reverse();
  const { threshold, count } = zero;
  // Where no value is below zero, none in the middle bucket is thought to be; nor above.
  const some = (side: Side) => side.some((bucket) => bucket.count > 0);
  const lower = some(positive) && !some(negative) ? 0 : -threshold;
  const upper = some(negative) && !some(positive) ? 0 : threshold;
  return [...below, { lower, upper, count }, ...upwards(positive)];
}

/**
 * The value that a share of all values is not above, by linear interpolation within the bucket that it lies in. `null`
 * where there are no values, or the bucket's ends are no numbers.
 */
export function quantileOf(share: number, buckets: readonly Bucket[], { min, max }: Ends): number | null {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const rank = share * total;
  let before = 0;
  for (const { lower, upper, count } of buckets) {
    if (count > 0 && before + count >= rank) {
      const value = lower + (upper - lower) * ((rank - before) / count);
      const known = Math.min(max ?? value, Math.max(min ?? value, value));
      return Number.isFinite(known) ? known : null;
    }
    before += count;
  }
  return null;
}
