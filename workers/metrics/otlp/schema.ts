import { z } from "@hono/zod-openapi";
import { sideFrom } from "./quantiles.ts";

/**
 * The part of OTLP's ExportMetricsServiceRequest that is read, as its JSON encoding has it and as protobuf is read to:
 * camelCase, 64-bit integers as text (numbers are taken too), what is not known is ignored, and what was left out or is
 * `null` has the default of its type
 * (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding,
 * https://github.com/open-telemetry/opentelemetry-proto, metrics/v1/metrics.proto).
 */
const Int64 = z.union([
  z.string().regex(/^-?\d{1,20}$/),
  z.number().refine(Number.isInteger),
  z.bigint().transform(String),
]);
/** A double is text where JSON has no number for it: NaN, Infinity. */
const Double = z.union([z.number(), z.string(), z.bigint().transform(String)]);

const AnyValue = z.object({
  stringValue: z.string().nullish(),
  boolValue: z.boolean().nullish(),
  intValue: Int64.nullish(),
  doubleValue: Double.nullish(),
});
export const Attribute = z.object({
  key: z
    .string()
    .nullish()
    .transform((key) => key ?? ""),
  value: AnyValue.nullish(),
});
export const Attributes = z
  .array(Attribute)
  .nullish()
  .transform((given) => given ?? []);
export type Attributes = z.output<typeof Attributes>;

/** One number at one time. */
export const NumberPoint = z.object({
  attributes: Attributes,
  startTimeUnixNano: Int64.nullish(),
  timeUnixNano: Int64.nullish(),
  asInt: Int64.nullish(),
  asDouble: Double.nullish(),
  flags: z.number().int().nullish(),
});
export type NumberPoint = z.output<typeof NumberPoint>;

/** A count of values; a float knows all that can be counted. */
const Count = z
  .union([z.string().regex(/^\d{1,20}$/), z.number().int().nonnegative(), z.bigint().nonnegative()])
  .nullish()
  .transform((given) => Number(given ?? 0));
const Real = z
  .union([
    z.number(),
    z.bigint().transform(Number),
    z
      .string()
      .regex(/^(?:-?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?)$/)
      .transform(Number),
  ])
  .refine(Number.isFinite, "must be a finite number");
const MaybeReal = Real.nullish().transform((given) => given ?? null);
/** Far more than any histogram of a measuring library has. */
const MOST_BUCKETS = 2000;
const Counts = z
  .array(Count)
  .max(MOST_BUCKETS, `must be at most ${MOST_BUCKETS} buckets`)
  .nullish()
  .transform((given) => given ?? []);

const Distribution = z.object({
  attributes: Attributes,
  startTimeUnixNano: Int64.nullish(),
  timeUnixNano: Int64.nullish(),
  flags: z.number().int().nullish(),
  count: Count,
  sum: MaybeReal,
});

/** How many values fell between which bounds. */
export const HistogramPoint = Distribution.extend({
  bucketCounts: Counts,
  explicitBounds: z
    .array(Real)
    .max(MOST_BUCKETS)
    .nullish()
    .transform((given) => given ?? []),
  min: MaybeReal,
  max: MaybeReal,
});
export type HistogramPoint = z.output<typeof HistogramPoint>;

const Side = z
  .object({ offset: z.number().int().nullish(), bucketCounts: Counts })
  .nullish()
  .transform((given) => sideFrom(given?.offset ?? 0, given?.bucketCounts ?? []));

/** The same between powers of a base. */
export const ExponentialPoint = Distribution.extend({
  scale: z
    .number()
    .int()
    .nullish()
    .transform((given) => given ?? 0),
  zeroCount: Count,
  zeroThreshold: MaybeReal,
  positive: Side,
  negative: Side,
  min: MaybeReal,
  max: MaybeReal,
});
export type ExponentialPoint = z.output<typeof ExponentialPoint>;

/** Quantiles that the sender counted itself. */
export const SummaryPoint = Distribution.extend({
  quantileValues: z
    .array(
      z.object({
        quantile: Double.nullish().transform((given) => Number(given ?? 0)),
        value: Double.nullish().transform((given) => given ?? 0),
      }),
    )
    .max(100)
    .nullish()
    .transform((given) => given ?? []),
});
export type SummaryPoint = z.output<typeof SummaryPoint>;

/** Each is judged by itself. */
const DataPoints = z
  .array(z.unknown())
  .nullish()
  .transform((given) => given ?? []);
const Points = z.object({ dataPoints: DataPoints }).nullish();
const PointsOverTime = z
  .object({ dataPoints: DataPoints, aggregationTemporality: z.unknown().optional() })
  .nullish();

export const Temporality = z.union([
  z.literal(1),
  z.literal(2),
  z.literal("AGGREGATION_TEMPORALITY_DELTA").transform(() => 1 as const),
  z.literal("AGGREGATION_TEMPORALITY_CUMULATIVE").transform(() => 2 as const),
]);

export const OtlpMetric = z.object({
  name: z
    .string()
    .nullish()
    .transform((name) => name ?? ""),
  unit: z
    .string()
    .nullish()
    .transform((unit) => unit ?? ""),
  gauge: Points,
  sum: z
    .object({
      dataPoints: DataPoints,
      aggregationTemporality: z.unknown().optional(),
      isMonotonic: z.boolean().nullish(),
    })
    .nullish(),
  histogram: PointsOverTime,
  exponentialHistogram: PointsOverTime,
  summary: Points,
});
export type OtlpMetric = z.output<typeof OtlpMetric>;

/** Entries are judged one by one: what is wrong with one loses no other. */
const Entries = z
  .array(z.unknown())
  .nullish()
  .transform((given) => given ?? []);

export const OtlpRequest = z.object({ resourceMetrics: Entries });
export type OtlpRequest = z.output<typeof OtlpRequest>;
export const ResourceMetrics = z.object({
  resource: z.object({ attributes: Entries }).nullish(),
  scopeMetrics: Entries,
});
export const ScopeMetrics = z.object({ metrics: Entries });

/** What is answered: `partialSuccess` is left out where everything was taken, as the protocol asks. */
export const OtlpAnswer = z
  .object({
    partialSuccess: z
      .object({ rejectedDataPoints: z.string(), errorMessage: z.string() })
      .optional()
      .openapi({
        example: { rejectedDataPoints: "2", errorMessage: "queue (2): is not a finite number in decimals" },
      }),
  })
  .openapi("OtlpMetricsAnswer");
export type OtlpAnswer = z.infer<typeof OtlpAnswer>;

/** For the document only: the whole message is the protocol's to describe. */
export const OtlpBody = z.object({ resourceMetrics: z.array(z.object({}).loose()) }).openapi("OtlpMetrics", {
  example: {
    resourceMetrics: [
      {
        resource: { attributes: [{ key: "host.name", value: { stringValue: "web-1" } }] },
        scopeMetrics: [
          {
            metrics: [
              {
                name: "shop.queue",
                gauge: { dataPoints: [{ timeUnixNano: "1795262400000000000", asInt: "12" }] },
              },
            ],
          },
        ],
      },
    ],
  },
});
