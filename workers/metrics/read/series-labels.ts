import type { MetricSeries } from "../../../shared/contracts/metrics.ts";
import { canonicalLabels, type Labels } from "../../../shared/metrics/series.ts";
import { seriesUnit } from "../../../shared/metrics/units.ts";

/** Labels and unit of a series of readings, as they are answered. */
export const describeSeries = (
  name: string,
  row: { labels: Labels; unit: string | null; counter: boolean },
): Pick<MetricSeries, "labels" | "unit" | "sent_unit"> => ({
  labels: canonicalLabels(row.labels),
  unit: seriesUnit({ name, ...row }),
  ...(row.unit !== null && { sent_unit: row.unit }),
});
