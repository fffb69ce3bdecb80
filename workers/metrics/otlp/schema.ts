import { z } from "@hono/zod-openapi";

/**
 * The part of OTLP's ExportMetricsServiceRequest that is read, in its JSON encoding: camelCase, 64-bit integers as text
 * (numbers are taken too), what is not known is ignored, and what was left out or is `null` has the default of its type
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

/** Each is judged by itself. */
const DataPoints = z
  .array(z.unknown())
  .nullish()
  .transform((given) => given ?? []);
const Points = z.object({ dataPoints: DataPoints }).nullish();

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
  gauge: Points,
  sum: z
    .object({
      dataPoints: DataPoints,
      aggregationTemporality: z.unknown().optional(),
      isMonotonic: z.boolean().nullish(),
    })
    .nullish(),
  histogram: Points,
  exponentialHistogram: Points,
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
        example: { rejectedDataPoints: "2", errorMessage: "latency (2): histograms are not taken" },
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
