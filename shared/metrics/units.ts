import { findMetric } from "../alerts/catalogue.ts";
import type { MetricUnit } from "../contracts/metrics.ts";

/**
 * Units as they are written by OpenTelemetry (UCUM, https://opentelemetry.io/docs/specs/semconv/general/metrics/#units)
 * and by Prometheus (https://prometheus.io/docs/practices/naming/#base-units).
 */
const UNITS = new Map<string, MetricUnit>(
  Object.entries({
    By: "bytes",
    bytes: "bytes",
    "By/s": "bytes_per_second",
    "%": "percent",
    percent: "percent",
    "1": "ratio",
    ratio: "ratio",
    ms: "milliseconds",
    milliseconds: "milliseconds",
    s: "seconds",
    seconds: "seconds",
    Cel: "celsius",
    celsius: "celsius",
    count: "count",
  } as const),
);

/** What readings count, by the unit they were sent with; a counter's are kept by the second. */
function unitOf(sent: string | null, counter: boolean): MetricUnit {
  const unit =
    sent === null ? undefined : (UNITS.get(sent) ?? (/^\{[^}]*\}$/.test(sent) ? "count" : undefined));
  if (!counter) return unit ?? (sent?.endsWith("/s") ? "per_second" : "number");
  return unit === "bytes" ? "bytes_per_second" : "per_second";
}

/** What a series of readings counts: as the catalogue says, or as whoever sent them did. */
export function seriesUnit({
  name,
  unit,
  counter,
}: {
  name: string;
  unit: string | null;
  counter: boolean;
}): MetricUnit {
  const known = findMetric(name)?.unit ?? "number";
  return known === "number" ? unitOf(unit, counter) : known;
}
