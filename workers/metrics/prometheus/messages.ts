import { z } from "zod";
import type { SampleInput } from "../../../shared/contracts/metrics.ts";
import type { Field, Shape } from "../protobuf/decode.ts";
import { NATIVE_HISTOGRAM } from "./native-histogram.ts";

const many = (name: string, kind: Field["kind"]): Field => ({ name, kind, many: true });
const one = (name: string, kind: Field["kind"]): Field => ({ name, kind });

const SAMPLES = many("samples", { 1: one("value", "double"), 2: one("timestamp", "int64") });

/**
 * `prometheus.WriteRequest` of remote-write 1.0
 * (https://github.com/prometheus/prometheus/blob/main/prompb/remote.proto and types.proto).
 */
export const WRITE_REQUEST_V1: Shape = {
  1: many("timeseries", {
    1: many("labels", { 1: one("name", "string"), 2: one("value", "string") }),
    2: SAMPLES,
    4: many("histograms", NATIVE_HISTOGRAM),
  }),
  3: many("metadata", { 2: one("family", "string"), 5: one("unit", "string") }),
};

/**
 * `io.prometheus.write.v2.Request` of remote-write 2.0, whose texts stand in a table
 * (https://github.com/prometheus/prometheus/blob/main/prompb/io/prometheus/write/v2/types.proto).
 */
export const WRITE_REQUEST_V2: Shape = {
  4: many("symbols", "string"),
  5: many("timeseries", {
    1: many("refs", "uint32"),
    2: SAMPLES,
    3: many("histograms", NATIVE_HISTOGRAM),
    5: one("metadata", { 1: one("type", "uint32"), 4: one("unit_ref", "uint32") }),
  }),
};

const list = <Schema extends z.ZodType>(schema: Schema) =>
  z
    .array(schema)
    .nullish()
    .transform((given) => given ?? []);
const Text = z
  .string()
  .nullish()
  .transform((given) => given ?? "");
export const WrittenSample = z.object({
  value: z
    .union([z.number(), z.nan(), z.literal(Number.POSITIVE_INFINITY), z.literal(Number.NEGATIVE_INFINITY)])
    .nullish()
    .transform((given) => given ?? 0),
  timestamp: z
    .string()
    .nullish()
    .transform((given) => Number(given ?? 0)),
});

/** Each series, and each sample in it, is judged by itself. */
export const SeriesV1 = z.object({
  labels: z.array(z.object({ name: Text, value: Text })).max(200),
  samples: list(z.unknown()),
  histograms: list(z.unknown()),
});
export const RequestV1 = z.object({ timeseries: list(z.unknown()), metadata: list(z.unknown()) });
export const MetadataV1 = z.object({ family: z.string(), unit: z.string().min(1) });
export const SeriesV2 = z.object({
  refs: z.array(z.number()).max(400),
  samples: list(z.unknown()),
  histograms: list(z.unknown()),
  metadata: z.object({ type: z.number().nullish(), unit_ref: z.number().nullish() }).nullish(),
});
export const RequestV2 = z.object({ symbols: list(z.unknown()), timeseries: list(z.unknown()) });

const COUNTER = 1;
const GAUGE = 2;
const HISTOGRAM = 3;
const SUMMARY = 5;

/** What a series is, by `MetricType` of its family. */
export function typeOf(family: number, name: string): SampleInput["type"] {
  if (family === COUNTER) return "counter";
  if (family === HISTOGRAM) return "counter";
  if (family === SUMMARY) return /_(?:count|sum)$/.test(name) ? "counter" : "gauge";
  return family >= GAUGE ? "gauge" : "unknown";
}
