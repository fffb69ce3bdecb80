import { z } from "zod";
import { LAST_INSTANT } from "../../../shared/domain/span.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { quantilesOf } from "../otlp/distributions.ts";
import { decimalOf } from "../otlp/point.ts";
import { type Bucket, exponentialBuckets, type Side } from "../otlp/quantiles.ts";
import type { OtlpHistogram } from "../otlp/to-samples.ts";
import type { Field, Shape } from "../protobuf/decode.ts";
import { type PushedSample, pushedLabels, toPushed, unitOf } from "./sample.ts";

const SPANS: Field = {
  name: "",
  many: true,
  kind: { 1: { name: "offset", kind: "sint32" }, 2: { name: "length", kind: "uint32" } },
};

/**
 * A native histogram, the same message in both versions
 * (https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto).
 */
export const NATIVE_HISTOGRAM: Shape = {
  1: { name: "count_int", kind: "uint64" },
  2: { name: "count_float", kind: "double" },
  3: { name: "sum", kind: "double" },
  4: { name: "schema", kind: "sint32" },
  5: { name: "zero_threshold", kind: "double" },
  6: { name: "zero_count_int", kind: "uint64" },
  7: { name: "zero_count_float", kind: "double" },
  8: { ...SPANS, name: "negative_spans" },
  9: { name: "negative_deltas", kind: "sint64", many: true },
  10: { name: "negative_counts", kind: "double", many: true },
  11: { ...SPANS, name: "positive_spans" },
  12: { name: "positive_deltas", kind: "sint64", many: true },
  13: { name: "positive_counts", kind: "double", many: true },
  14: { name: "reset_hint", kind: "uint32" },
  15: { name: "timestamp", kind: "int64" },
  16: { name: "custom_values", kind: "double", many: true },
};

/** As many as an exponential histogram of OTLP may have. */
const MOST_BUCKETS = 2000;
const Count = z.union([z.string().transform(Number), z.number()]).pipe(z.number().nonnegative());
const list = <Schema extends z.ZodType>(schema: Schema) => z.array(schema).max(MOST_BUCKETS).default([]);
const Spans = list(z.object({ offset: z.number().default(0), length: z.number().default(0) }));
const Deltas = list(z.string().transform(Number));
const Counts = list(z.number());

const NativeHistogram = z.object({
  count_int: Count.optional(),
  count_float: Count.optional(),
  sum: z.union([z.number(), z.nan()]).default(0),
  schema: z.number().default(0),
  zero_threshold: z.number().nonnegative().default(0),
  zero_count_int: Count.optional(),
  zero_count_float: Count.optional(),
  negative_spans: Spans,
  negative_deltas: Deltas,
  negative_counts: Counts,
  positive_spans: Spans,
  positive_deltas: Deltas,
  positive_counts: Counts,
  reset_hint: z.number().default(0),
  timestamp: z.string().default("0").transform(Number),
  custom_values: list(z.number()),
});
type NativeHistogram = z.output<typeof NativeHistogram>;

const RESET = 1;
const GAUGE = 3;
/** Least and greatest value are not told. */
const UNKNOWN_ENDS = { min: null, max: null };
const CUSTOM_BUCKETS = -53;

/** What a histogram is kept as; `cumulative`: its quantiles are those of what grows until the next one. */
export interface NativeReadings {
  count: PushedSample;
  parts: PushedSample[];
  cumulative: OtlpHistogram | null;
}

/** The series that a histogram belongs to. */
export interface Family {
  name: string;
  labels: readonly (readonly [name: string, value: string])[];
  unit?: string | undefined;
}

/**
 * A native histogram as `<name>.count`, `<name>.sum` and quantiles, like one of OTLP. `null`: it says that the series has
 * ended.
 */
export function readNativeHistogram(
  family: Family,
  given: unknown,
): NativeReadings | { refused: string } | null {
  const parsed = NativeHistogram.safeParse(given);
  if (!parsed.success) return { refused: "a histogram cannot be read" };
  const histogram = parsed.data;
  // Prometheus marks the end of a series by a NaN in the sum; a histogram that has counted one as a value is as unknown.
  if (Number.isNaN(histogram.sum)) return null;
  const at = histogram.timestamp;
  if (!(at > 0 && at <= LAST_INSTANT)) return { refused: "has no time that can be" };
  const labels = pushedLabels(family.labels);
  if (typeof labels === "string") return { refused: labels };
  const buckets = bucketsOf(histogram);
  if (typeof buckets === "string") return { refused: buckets };
  const grows = histogram.reset_hint !== GAUGE;
  const { unit } = unitOf(family.name, family.unit);
  const part = (name: string, value: string, more: { counter?: boolean; unit?: string | undefined }) =>
    toPushed({
      name: `${family.name}.${name}`,
      labels: family.labels,
      value,
      at,
      type: more.counter === true ? "counter" : "gauge",
      unit: more.unit,
    });
  const values = decimalOf(histogram.count_float ?? histogram.count_int ?? 0) ?? "";
  const count = part("count", values, { counter: grows });
  if (count === null) return null;
  if ("refused" in count) return count;
  // Infinite where a value was, which is no number to keep. Of values below zero the sum may fall, as no counter does.
  const total = decimalOf(histogram.sum);
  const counter = grows && histogram.sum >= 0;
  const sum = total === null ? [] : [part("sum", total, { counter, unit })];
  const quantiles = grows ? [] : quantilesOf(isoTime(at), buckets, UNKNOWN_ENDS);
  const parts: PushedSample[] = [];
  for (const made of [...sum, ...quantiles.map(({ part: name, value }) => part(name, value, { unit }))]) {
    if (made === null) continue;
    if ("refused" in made) return made;
    parts.push(made);
  }
  if (!grows) return { count, parts, cumulative: null };
  const start = histogram.reset_hint === RESET ? at : 0;
  const name = count.name.slice(0, -".count".length);
  const cumulative = { metric: family.name, name, labels, unit: unit ?? "", at, start, buckets };
  return { count, parts, cumulative };
}

function bucketsOf(histogram: NativeHistogram): Bucket[] | string {
  const { schema, positive_spans, positive_deltas, positive_counts } = histogram;
  const positive = sideOf(positive_spans, positive_deltas, positive_counts);
  const negative = sideOf(histogram.negative_spans, histogram.negative_deltas, histogram.negative_counts);
  if (positive === null || negative === null) return "has spans and counts that do not go together";
  if (schema === CUSTOM_BUCKETS) return customBuckets(positive, histogram.custom_values);
  if (!Number.isInteger(schema) || schema < -4 || schema > 8)
    return `has the schema ${schema}, which is not known`;
  const count = histogram.zero_count_float ?? histogram.zero_count_int ?? 0;
  // Its bucket at index i ends at base^i, where that of OpenTelemetry begins there.
  const before = (side: Side) => side.map((bucket) => ({ ...bucket, index: bucket.index - 1 }));
  return exponentialBuckets(schema, {
    positive: before(positive),
    negative: before(negative),
    zero: { count, threshold: histogram.zero_threshold },
  });
}

/** The buckets that spans name, with their counts; `null` where there are more or fewer counts, or one below zero. */
function sideOf(
  spans: NativeHistogram["positive_spans"],
  deltas: readonly number[],
  counts: readonly number[],
): Side | null {
  const given = counts.length > 0 ? counts : runningSums(deltas);
  if (spans.reduce((sum, { length }) => sum + length, 0) !== given.length) return null;
  if (given.some((count) => !(count >= 0))) return null;
  const side: { index: number; count: number }[] = [];
  let index = 0;
  for (const { offset, length } of spans) {
    index += offset;
    for (let i = 0; i < length; i++, index++) side.push({ index, count: given[side.length] ?? 0 });
  }
  return side;
}

function runningSums(deltas: readonly number[]): number[] {
  let sum = 0;
  return deltas.map((delta) => (sum += delta));
}

/** Buckets up to bounds of the sender's own. What lies above the last counts as that bound, as in classic histograms. */
function customBuckets(side: Side, bounds: readonly number[]): Bucket[] | string {
  const ascending = bounds.every(
    (bound, i) => Number.isFinite(bound) && bound > (bounds[i - 1] ?? Number.NEGATIVE_INFINITY),
  );
  if (!ascending || side.some(({ index }) => index < 0 || index > bounds.length))
    return "has bounds that do not ascend, or buckets without a bound";
  const [first = 0] = bounds;
  const last = bounds.at(-1) ?? 0;
  return side.map(({ index, count }) => ({
    lower: bounds[index - 1] ?? Math.min(0, first),
    upper: bounds[index] ?? last,
    count,
  }));
}
