import type { SampleInput } from "../../../shared/contracts/metrics.ts";
import type { Labels } from "../../../shared/metrics/series.ts";
import { CPU_UTILIZATION, cpuPercent, hostReading, type OtlpReading } from "./host-metrics.ts";
import { labelsOf, metricName, resourceLabels } from "./names.ts";
import { readPoint } from "./point.ts";
import { type Refusal, readMetrics } from "./read-metrics.ts";
import { type Attributes, NumberPoint, type OtlpMetric, type OtlpRequest, Temporality } from "./schema.ts";

/** A sample, and the data points that it was made of. */
export interface OtlpSample {
  metric: string;
  points: number;
  sample: Pick<SampleInput, "name" | "labels" | "type"> & { value: string; at: string };
}

const TAKEN = "gauges and sums are taken";

/** The samples of a request, and what cannot be any. */
export function toSamples(request: OtlpRequest): { samples: OtlpSample[]; refused: Refusal[] } {
  const { metrics, refused } = readMetrics(request);
  const samples: OtlpSample[] = [];
  for (const { metric, resource } of metrics) {
    const read = readMetric(metric);
    refused.push(...read.refused);
    const made = samplesOf(metric.name, read.readings, resource);
    samples.push(...made.samples);
    refused.push(...made.refused);
  }
  return { samples, refused };
}

function readMetric(metric: OtlpMetric): { readings: OtlpReading[]; refused: Refusal[] } {
  const { name, gauge, sum, histogram, exponentialHistogram, summary } = metric;
  const refuse = (points: number, reason: string) => (points === 0 ? [] : [{ metric: name, points, reason }]);
  const refused = [
    ...refuse(histogram?.dataPoints.length ?? 0, `histograms are not taken; ${TAKEN}`),
    ...refuse(exponentialHistogram?.dataPoints.length ?? 0, `exponential histograms are not taken; ${TAKEN}`),
    ...refuse(summary?.dataPoints.length ?? 0, `summaries are not taken; ${TAKEN}`),
  ];
  const temporality = Temporality.safeParse(sum?.aggregationTemporality);
  if (sum && !temporality.success) {
    refused.push(
      ...refuse(sum.dataPoints.length, "aggregationTemporality must be 1 (delta) or 2 (cumulative)"),
    );
    return { readings: [], refused };
  }
  const per_second = temporality.data === 1;
  const counter = temporality.data === 2 && sum?.isMonotonic === true;
  const readings: OtlpReading[] = [];
  for (const given of [...(gauge?.dataPoints ?? []), ...(sum?.dataPoints ?? [])]) {
    const point = NumberPoint.safeParse(given);
    if (!point.success) {
      refused.push({ metric: name, points: 1, reason: "is no data point of OTLP's JSON encoding" });
      continue;
    }
    const read = readPoint(point.data, { per_second });
    if (read === null) continue;
    if ("refused" in read) refused.push({ metric: name, points: 1, reason: read.refused });
    else
      readings.push({
        name,
        attributes: point.data.attributes,
        ...read,
        counter,
        rate: counter || per_second,
      });
  }
  return { readings, refused };
}

function samplesOf(metric: string, readings: OtlpReading[], resource: Attributes) {
  const samples: OtlpSample[] = [];
  const refused: Refusal[] = [];
  const { host } = resourceLabels(resource);
  const of_host: Labels = host === undefined ? {} : { host };
  if (metric === CPU_UTILIZATION) {
    const instants = [...Map.groupBy(readings, ({ at }) => at)];
    const known = instants.map(([at, own]) => ({ at, points: own.length, value: cpuPercent(own) }));
    if (known.length > 0 && known.every(({ value }) => value !== null)) {
      for (const { at, points, value } of known)
        samples.push({
          metric,
          points,
          sample: { name: "host.cpu_percent", labels: of_host, value: value ?? "0", at, type: "gauge" },
        });
      return { samples, refused };
    }
  }
  for (const reading of readings) {
    const type = reading.counter ? "counter" : "gauge";
    const known = hostReading(reading);
    const own = known === null ? labelsOf(reading.attributes) : known.labels;
    if (typeof own === "string") {
      refused.push({ metric, points: 1, reason: own });
      continue;
    }
    const { at } = reading;
    const sample =
      known === null
        ? {
            name: metricName(metric),
            labels: { ...resourceLabels(resource), ...own },
            value: reading.value,
            at,
            type,
          }
        : { name: known.name, labels: { ...of_host, ...own }, value: known.value, at, type };
    samples.push({ metric, points: 1, sample: { ...sample, type } });
  }
  return { samples, refused };
}
