import { SampleInput } from "../../../shared/contracts/metrics.ts";
import type { Labels } from "../../../shared/metrics/series.ts";
import type { Cumulative } from "./distributions.ts";
import { CPU_UTILIZATION, cpuPercent, hostReading, type OtlpReading } from "./host-metrics.ts";
import { labelsOf, metricName, resourceLabels } from "./names.ts";
import { readMetric } from "./read-metric.ts";
import { type Refusal, readMetrics } from "./read-metrics.ts";
import type { Attributes, OtlpMetric, OtlpRequest } from "./schema.ts";

/** A sample, and the data points that are lost with it: 0 where another sample stands for the same point. */
export interface OtlpSample {
  metric: string;
  points: number;
  sample: Pick<SampleInput, "name" | "labels" | "type" | "unit"> & { value: string; at: string };
}

/** A histogram that counts from its start: its quantiles are those of what grew since the one before. */
export interface OtlpHistogram extends Cumulative {
  metric: string;
  /** Without the part that names a quantile. */
  name: string;
  labels: Labels;
  unit: string;
}

export interface OtlpSamples {
  samples: OtlpSample[];
  histograms: OtlpHistogram[];
  refused: Refusal[];
}

/** The samples of a request, the histograms whose quantiles are still to be found, and what cannot be any. */
export function toSamples(request: OtlpRequest): OtlpSamples {
  const { metrics, refused } = readMetrics(request);
  const whole: OtlpSamples = { samples: [], histograms: [], refused };
  for (const { metric, resource } of metrics) addMetric(whole, metric, resource);
  return whole;
}

function addMetric(whole: OtlpSamples, metric: OtlpMetric, resource: Attributes): void {
  const { points, refused } = readMetric(metric);
  for (const refusal of refused) whole.refused.push(refusal);
  const of_resource = resourceLabels(resource);
  const of_host: Labels = of_resource.host === undefined ? {} : { host: of_resource.host };
  if (metric.name === CPU_UTILIZATION) {
    const busy = cpuSamples(
      points.flatMap(({ readings }) => readings),
      of_host,
    );
    if (busy.length > 0) {
      whole.samples.push(...busy);
      return;
    }
  }
  for (const { attributes, readings, cumulative } of points) {
    const own = labelsOf(attributes);
    const made = readings.map((reading, i) =>
      sampleOf(reading, i === 0 ? 1 : 0, { of_resource, of_host, own }),
    );
    const reason = made.find((each) => typeof each === "string");
    if (reason !== undefined || typeof own === "string") {
      whole.refused.push({ metric: metric.name, points: 1, reason: reason ?? String(own) });
      continue;
    }
    for (const each of made) if (typeof each !== "string") whole.samples.push(each);
    if (cumulative !== undefined)
      whole.histograms.push({
        ...cumulative,
        metric: metric.name,
        name: metricName(metric.name),
        labels: { ...of_resource, ...own },
        unit: metric.unit,
      });
  }
}

/** How busy processors are, where all readings of each instant say it together. */
function cpuSamples(readings: readonly OtlpReading[], labels: Labels): OtlpSample[] {
  const known = [...Map.groupBy(readings, ({ at }) => at)].map(([at, own]) => ({
    at,
    points: own.length,
    value: cpuPercent(own),
  }));
  return known.some(({ value }) => value === null)
    ? []
    : known.map(({ at, points, value }) => ({
        metric: CPU_UTILIZATION,
        points,
        sample: { name: "host.cpu_percent", labels, value: value ?? "0", at, type: "gauge" },
      }));
}

function sampleOf(
  reading: OtlpReading,
  points: number,
  { of_resource, of_host, own }: { of_resource: Labels; of_host: Labels; own: Labels | string },
): OtlpSample | string {
  const { name, at } = reading;
  const type = reading.counter ? "counter" : "gauge";
  const known = hostReading(reading);
  if (known !== null) {
    const labels = { ...of_host, ...known.labels };
    return { metric: name, points, sample: { name: known.name, labels, value: known.value, at, type } };
  }
  if (typeof own === "string") return own;
  return {
    metric: name,
    points,
    sample: {
      name: metricName(name),
      labels: { ...of_resource, ...own },
      value: reading.value,
      at,
      type,
      ...unitOf(reading),
    },
  };
}

/** A unit of a delta is kept by the second, as its values are. */
export function unitOf({ unit, counter, rate }: Pick<OtlpReading, "unit" | "counter" | "rate">): {
  unit?: string;
} {
  const kept = rate && !counter ? `${unit === "" ? "1" : unit}/s` : unit;
  // One that cannot be kept is no reason to lose the reading.
  return kept === "" || !SampleInput.shape.unit.safeParse(kept).success ? {} : { unit: kept };
}
