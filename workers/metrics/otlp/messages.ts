import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Field, Shape } from "../protobuf/decode.ts";
import type { OtlpAnswer } from "./schema.ts";

/**
 * The messages of an export, field by field as
 * https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/metrics/v1/metrics.proto and
 * …/common/v1/common.proto number them, named as the JSON encoding names them.
 */
const many = (name: string, kind: Field["kind"]): Field => ({ name, kind, many: true });
const one = (name: string, kind: Field["kind"]): Field => ({ name, kind });

/** Lists and maps are not looked into, for no label holds them; that there is something must be seen. */
const ANY_VALUE: Shape = {
  1: one("stringValue", "string"),
  2: one("boolValue", "bool"),
  3: one("intValue", "int64"),
  4: one("doubleValue", "double"),
};
const ATTRIBUTES = many("attributes", { 1: one("key", "string"), 2: one("value", ANY_VALUE) });
const TIMES = { 2: one("startTimeUnixNano", "fixed64"), 3: one("timeUnixNano", "fixed64") } as const;

const NUMBER_POINT: Shape = {
  ...TIMES,
  4: one("asDouble", "double"),
  6: one("asInt", "sfixed64"),
  7: ATTRIBUTES,
  8: one("flags", "uint32"),
};
const HISTOGRAM_POINT: Shape = {
  ...TIMES,
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: many("bucketCounts", "fixed64"),
  7: many("explicitBounds", "double"),
  9: ATTRIBUTES,
  10: one("flags", "uint32"),
  11: one("min", "double"),
  12: one("max", "double"),
};
const BUCKETS: Shape = { 1: one("offset", "sint32"), 2: many("bucketCounts", "uint64") };
const EXPONENTIAL_POINT: Shape = {
  ...TIMES,
  1: ATTRIBUTES,
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: one("scale", "sint32"),
  7: one("zeroCount", "fixed64"),
  8: one("positive", BUCKETS),
  9: one("negative", BUCKETS),
  10: one("flags", "uint32"),
  12: one("min", "double"),
  13: one("max", "double"),
  14: one("zeroThreshold", "double"),
};
const SUMMARY_POINT: Shape = {
  ...TIMES,
  4: one("count", "fixed64"),
  5: one("sum", "double"),
  6: many("quantileValues", { 1: one("quantile", "double"), 2: one("value", "double") }),
  7: ATTRIBUTES,
  8: one("flags", "uint32"),
};

const points = (shape: Shape): Shape => ({
  1: many("dataPoints", shape),
  2: one("aggregationTemporality", "uint32"),
  3: one("isMonotonic", "bool"),
});
const METRIC: Shape = {
  1: one("name", "string"),
  3: one("unit", "string"),
  5: one("gauge", points(NUMBER_POINT)),
  7: one("sum", points(NUMBER_POINT)),
  9: one("histogram", points(HISTOGRAM_POINT)),
  10: one("exponentialHistogram", points(EXPONENTIAL_POINT)),
  11: one("summary", points(SUMMARY_POINT)),
};

/** `ExportMetricsServiceRequest`. */
export const EXPORT_REQUEST: Shape = {
  1: many("resourceMetrics", {
    1: one("resource", { 1: ATTRIBUTES }),
    2: many("scopeMetrics", { 2: many("metrics", METRIC) }),
  }),
};

/** `ExportMetricsServiceResponse`, with `partial_success` where something was not taken. */
export function encodeAnswer({ partialSuccess }: OtlpAnswer): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  if (partialSuccess !== undefined) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.Varint).int64(partialSuccess.rejectedDataPoints);
    writer.tag(2, WireType.LengthDelimited).string(partialSuccess.errorMessage);
    writer.join();
  }
  return writer.finish();
}

/** `google.rpc.Status` (https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto). */
export function encodeStatus(code: number, message: string): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).int32(code);
  writer.tag(2, WireType.LengthDelimited).string(message);
  return writer.finish();
}
