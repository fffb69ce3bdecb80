import type { z } from "zod";
import {
  type Cumulative,
  type Distributed,
  type Distribution,
  readExponential,
  readHistogram,
  readSummary,
} from "./distributions.ts";
import type { OtlpReading } from "./host-metrics.ts";
import { readPoint } from "./point.ts";
import type { Refusal } from "./read-metrics.ts";
import {
  type Attributes,
  ExponentialPoint,
  HistogramPoint,
  NumberPoint,
  type OtlpMetric,
  SummaryPoint,
  Temporality,
} from "./schema.ts";

/** What one data point says: one reading, or several under names of their own. */
export interface ReadPoint {
  attributes: Attributes;
  readings: OtlpReading[];
  cumulative?: Cumulative | undefined;
}

interface ReadMetric {
  points: ReadPoint[];
  refused: Refusal[];
}

/** The data points of a metric, each judged by itself. */
export function readMetric(metric: OtlpMetric): ReadMetric {
  const { gauge, sum, histogram, exponentialHistogram, summary } = metric;
  const whole: ReadMetric = { points: [], refused: [] };
  const add = ({ points, refused }: ReadMetric) => {
    for (const point of points) whole.points.push(point);
    for (const refusal of refused) whole.refused.push(refusal);
  };
  add(eachPoint(metric, gauge?.dataPoints, NumberPoint, (point) => numberOf(metric, point, {})));
  if (sum)
    add(
      overTime(metric, sum, (delta) =>
        eachPoint(metric, sum.dataPoints, NumberPoint, (point) =>
          numberOf(metric, point, { delta, grows: sum.isMonotonic === true }),
        ),
      ),
    );
  if (histogram)
    add(
      overTime(metric, histogram, (delta) =>
        eachPoint(metric, histogram.dataPoints, HistogramPoint, (point) =>
          distribution(metric, point.attributes, readHistogram(point, delta)),
        ),
      ),
    );
  if (exponentialHistogram)
    add(
      overTime(metric, exponentialHistogram, (delta) =>
        eachPoint(metric, exponentialHistogram.dataPoints, ExponentialPoint, (point) =>
          distribution(metric, point.attributes, readExponential(point, delta)),
        ),
      ),
    );
  add(
    eachPoint(metric, summary?.dataPoints, SummaryPoint, (point) =>
      distribution(metric, point.attributes, readSummary(point)),
    ),
  );
  return whole;
}

/** Reads points that are of an interval, or of all the time since a start. */
function overTime(
  { name }: OtlpMetric,
  { dataPoints, aggregationTemporality }: { dataPoints: unknown[]; aggregationTemporality?: unknown },
  read: (delta: boolean) => ReadMetric,
): ReadMetric {
  const temporality = Temporality.safeParse(aggregationTemporality);
  if (temporality.success) return read(temporality.data === 1);
  const reason = "aggregationTemporality must be 1 (delta) or 2 (cumulative)";
  const points = dataPoints.length;
  return { points: [], refused: points === 0 ? [] : [{ metric: name, points, reason }] };
}

/** `null`: the point says that there is nothing. */
type Outcome = ReadPoint | { refused: string } | null;

function eachPoint<Schema extends z.ZodType>(
  { name }: OtlpMetric,
  given: readonly unknown[] | undefined,
  schema: Schema,
  read: (point: z.output<Schema>) => Outcome,
): ReadMetric {
  const whole: ReadMetric = { points: [], refused: [] };
  const refuse = (reason: string) => whole.refused.push({ metric: name, points: 1, reason });
  for (const each of given ?? []) {
    const parsed = schema.safeParse(each);
    const place = parsed.error?.issues[0]?.path.join(".") ?? "";
    if (!parsed.success) {
      refuse(`is no data point as OTLP describes it${place === "" ? "" : ` (${place})`}`);
      continue;
    }
    const outcome = read(parsed.data);
    if (outcome === null) continue;
    if ("refused" in outcome) refuse(outcome.refused);
    else whole.points.push(outcome);
  }
  return whole;
}

/** `grows`: the number only grows. */
function numberOf(
  { name, unit }: OtlpMetric,
  point: NumberPoint,
  { delta = false, grows = false }: { delta?: boolean; grows?: boolean },
): Outcome {
  const read = readPoint(point, { per_second: delta });
  if (read === null || "refused" in read) return read;
  const counter = !delta && grows;
  const rate = counter || delta;
  const { attributes } = point;
  return { attributes, readings: [{ name, unit, attributes, ...read, counter, rate }] };
}

function distribution(
  metric: OtlpMetric,
  attributes: Attributes,
  read: Distribution | { refused: string } | null,
): Outcome {
  if (read === null || "refused" in read) return read;
  const readings = read.readings.map((reading) => partOf(metric, attributes, reading));
  return { attributes, readings, cumulative: read.cumulative };
}

/** One of the readings that a distribution is kept as. */
export const partOf = (
  { name, unit }: Pick<OtlpMetric, "name" | "unit">,
  attributes: Attributes,
  { part, counts, ...reading }: Distributed,
): OtlpReading => ({
  ...reading,
  name: `${name}.${part}`,
  unit: counts === true ? "" : unit,
  attributes,
});
