import { decimalOf, momentOf, perSecond, startOf } from "./point.ts";
import {
  type Bucket,
  type Ends,
  explicitBuckets,
  exponentialBuckets,
  QUANTILES,
  quantileOf,
} from "./quantiles.ts";
import type { ExponentialPoint, HistogramPoint, SummaryPoint } from "./schema.ts";

/** One of the series that a distribution is kept as: its metric's name and `part`. */
export interface Distributed {
  part: string;
  at: string;
  value: string;
  counter: boolean;
  rate: boolean;
  /** It counts values, and so is not in the unit of the values. */
  counts?: boolean;
}

/** A histogram that counts all values since `start`, in ms since 1970 (0: not said). */
export interface Cumulative {
  at: number;
  start: number;
  buckets: Bucket[];
}

/** A distribution's readings; `cumulative`: its quantiles are those of what grows until the next one. */
export interface Distribution {
  readings: Distributed[];
  cumulative?: Cumulative;
}

/** `null`: the point says that there is nothing. */
type Read = Distribution | { refused: string } | null;
type AnyPoint = HistogramPoint | ExponentialPoint | SummaryPoint;

/** `count` and `sum`, as growth: those of an interval by its length, others as counters. */
function totals(point: AnyPoint, at: string, delta: boolean): Distributed[] | { refused: string } {
  const made: Distributed[] = [];
  const counter = !delta;
  for (const [part, value] of [
    ["count", String(point.count)],
    ["sum", point.sum === null ? null : decimalOf(point.sum)],
  ] as const) {
    if (value === null) continue;
    const kept = delta ? perSecond(value, point) : { value };
    if ("refused" in kept) return kept;
    // Of values below zero the sum may fall, which no counter does: it is then a level.
    const falls = counter && value.startsWith("-");
    made.push({
      ...{ part, at, value: kept.value, counter: counter && !falls, rate: !falls },
      counts: part === "count",
    });
  }
  return made;
}

function withQuantiles(
  point: HistogramPoint | ExponentialPoint,
  delta: boolean,
  bucketsOf: () => Bucket[] | null,
): Read {
  const moment = momentOf(point);
  if (moment === null || "refused" in moment) return moment;
  const { at } = moment;
  const made = totals(point, at, delta);
  if ("refused" in made) return made;
  const buckets = bucketsOf();
  if (buckets === null)
    return { refused: "has bounds that do not ascend, or not one more bucket than bounds" };
  if (!delta) return { readings: made, cumulative: { at: Date.parse(at), start: startOf(point), buckets } };
  return { readings: [...made, ...quantilesOf(at, buckets, point)] };
}

/** The quantiles of buckets, as far as they are known. */
export function quantilesOf(at: string, buckets: readonly Bucket[], ends: Ends): Distributed[] {
  return QUANTILES.flatMap(([part, share]) => {
    const known = quantileOf(share, buckets, ends);
    const value = known === null ? null : decimalOf(known);
    return value === null ? [] : [{ part, at, value, counter: false, rate: false }];
  });
}

/** A histogram of explicit bounds as `count`, `sum` and quantiles. */
export const readHistogram = (point: HistogramPoint, delta: boolean): Read =>
  withQuantiles(point, delta, () => explicitBuckets(point.bucketCounts, point.explicitBounds, point));

/** The same of an exponential histogram. */
export const readExponential = (point: ExponentialPoint, delta: boolean): Read =>
  withQuantiles(point, delta, () =>
    exponentialBuckets(point.scale, {
      positive: point.positive,
      negative: point.negative,
      zero: { count: point.zeroCount, threshold: point.zeroThreshold ?? 0 },
    }),
  );

/** A summary as `count`, `sum` and the quantiles that it names: 0.99 is `p99`, 0.999 is `p99_9`. */
export function readSummary(point: SummaryPoint): Read {
  const moment = momentOf(point);
  if (moment === null || "refused" in moment) return moment;
  const { at } = moment;
  const made = totals(point, at, false);
  if ("refused" in made) return made;
  for (const { quantile, value } of point.quantileValues) {
    if (!(quantile >= 0 && quantile <= 1)) return { refused: "has a quantile that is not from 0 to 1" };
    const part = `p${String(Number((quantile * 100).toFixed(6))).replace(".", "_")}`;
    const known = decimalOf(value);
    if (known !== null) made.push({ part, at, value: known, counter: false, rate: false });
  }
  return { readings: made };
}
