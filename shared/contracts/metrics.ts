import { z } from "zod";
import { Instant, storableText } from "./primitives.ts";

/**
 * A metric's name: `market.floor`, `host.cpu_percent`, `http_requests_total`. The part before the first dot says where it
 * comes from. Colons are those of Prometheus' recording rules.
 */
export const MetricName = z
  .string()
  .max(100)
  .regex(
    /^[a-z_:][a-z0-9_:]*(?:\.[a-z_][a-z0-9_:]*)*$/,
    'must be lower-case words, dotted or not, such as "host.cpu_percent" or "http_requests_total"',
  );

/** Far more than anybody queries by; what scrapes Kubernetes sends about twenty. */
const MAX_LABELS = 30;

/** Label values by their names, as in Prometheus: `{ "collection": "cryptopunks" }`. */
export const MetricLabels = z
  .record(
    z
      .string()
      .max(64)
      .regex(/^[a-z_][a-z0-9_]*$/, 'must be lower-case letters, digits and "_"')
      .refine((name) => name !== "__proto__", "cannot be the name of a label"),
    storableText(200),
  )
  .refine((labels) => Object.keys(labels).length <= MAX_LABELS, `must not be more than ${MAX_LABELS} labels`);
export type MetricLabels = z.infer<typeof MetricLabels>;

/** A decimal number in text, which may be negative: the value of a metric, or a threshold. */
export const SignedDecimal = z
  .string()
  .regex(/^-?\d{1,78}(?:\.\d{1,36})?$/, 'must be a decimal string such as "-10" or "1.5"');

/** The same, where a JSON number is taken too. It is published as text. */
export const MetricValue = z.union([
  SignedDecimal,
  z
    .number()
    .refine((value) => Math.abs(value) < 1e21, "must be a finite number below 1e21")
    // Never an exponent: 18 digits after the point are more than a float knows.
    .transform((value) => value.toFixed(18).replace(/\.?0+$/, "")),
  // An integer that a float does not hold exactly.
  z
    .bigint()
    .refine((value) => String(value).length <= 78, "must have at most 78 digits")
    .transform(String)
    .meta({ type: "integer" }),
]);

/** What the numbers of a metric count. `price` is in the collection's own currency, per item. */
export const MetricUnit = z.enum([
  "price",
  "count",
  "percent",
  "ratio",
  "bytes",
  "bytes_per_second",
  "per_second",
  "milliseconds",
  "seconds",
  "celsius",
  "number",
]);
export type MetricUnit = z.infer<typeof MetricUnit>;

/**
 * How a metric behaves in time. `step`: it keeps its value until something changes it. `sampled`: it is measured now and
 * then, and known for five minutes after. `windowed`: it is counted over a window that ends now.
 */
export const MetricShape = z.enum(["step", "sampled", "windowed"]);
export type MetricShape = z.infer<typeof MetricShape>;

export const MetricDefinition = z
  .object({
    name: z.string(),
    unit: MetricUnit,
    shape: MetricShape,
    /** Labels that its series have. */
    labels: z.array(z.string()),
    /** The label that a series is found by; a rule names its value, or leaves it out for every one. */
    subject: z.string().nullable(),
    /** `everyone`: the market's. `user`: each user's own. `platform`: whoever may read the state of the platform. */
    owner: z.enum(["everyone", "user", "platform"]),
    /** For `windowed` ones, where a rule names none. */
    default_window: z.string().nullable(),
    description: z.string(),
    /** Of readings that were sent with a unit: the unit as it was written. */
    sent_unit: z.string().nullable().optional(),
  })
  .meta({ id: "MetricDefinition" });
export type MetricDefinition = z.infer<typeof MetricDefinition>;

export const MAX_PUSHED_SAMPLES = 5000;
/** Characters of a unit, as OpenTelemetry bounds it. */
export const MAX_UNIT = 63;

/** One reading, as an agent hands it in. */
export const SampleInput = z.strictObject({
  name: MetricName,
  labels: MetricLabels.default({}),
  value: MetricValue,
  /** By default, now. */
  at: Instant.optional(),
  /**
   * A counter only grows (and starts from 0 after a restart); it is kept as its rate per second. `unknown`: as the series
   * is kept already; a new one is a counter where its name ends as Prometheus names counters.
   */
  type: z.enum(["gauge", "counter", "unknown"]).default("gauge"),
  /** What the value is measured in, as whoever measures writes it: `By`, `ms`, `{request}` (UCUM), `seconds`. */
  unit: storableText(MAX_UNIT).optional(),
});
export type SampleInput = z.output<typeof SampleInput>;

/** What became of the samples of a push; each is counted once. */
export const PushAnswer = z
  .object({
    accepted: z.int(),
    /** The same series and time were there already. */
    duplicate: z.int(),
    /** Older than what is kept, or counters older than the newest reading: not taken. */
    late: z.int(),
    rejected: z.array(
      z.object({
        index: z.int(),
        errors: z.array(z.object({ pointer: z.string(), message: z.string() })),
      }),
    ),
  })
  .meta({ id: "MetricsPushAnswer" });
export type PushAnswer = z.infer<typeof PushAnswer>;

/** A series as points in time; `null` where nothing was known. */
export const MetricSeries = z
  .object({
    metric: z.string(),
    labels: z.record(z.string(), z.string()),
    unit: MetricUnit,
    /** Of readings that were sent with a unit: the unit as it was written. */
    sent_unit: z.string().nullable().optional(),
    /** Currency of a price. */
    currency: z.string().nullable(),
    points: z.array(z.object({ at: z.string(), value: z.string().nullable() })),
  })
  .meta({ id: "MetricSeries" });
export type MetricSeries = z.infer<typeof MetricSeries>;

/** Series of one metric that match what was asked. `has_more`: there are others, which `limit` left out. */
export const ManyMetricSeries = z
  .object({ metric: z.string(), data: z.array(MetricSeries), has_more: z.boolean() })
  .meta({ id: "ManyMetricSeries" });
export type ManyMetricSeries = z.infer<typeof ManyMetricSeries>;
