import type { PushCtx } from "../../../shared/metrics/push-samples.ts";
import { seriesFingerprint, seriesKey } from "../../../shared/metrics/series.ts";
import { readHistogramStates } from "./histogram-states.ts";
import { type IntervalQuantiles, intervalQuantiles } from "./interval-quantiles.ts";
import type { OtlpHistogram } from "./to-samples.ts";

/** The quantiles of histograms that count from their start, against what is kept of each. */
export async function findQuantiles(
  { db }: Pick<PushCtx, "db">,
  user_id: string,
  histograms: readonly OtlpHistogram[],
): Promise<IntervalQuantiles> {
  if (histograms.length === 0) return { samples: [], newest: new Map() };
  const known = await Promise.all(
    histograms.map(async (histogram) => ({
      fingerprint: await seriesFingerprint(user_id, seriesKey(`${histogram.name}.count`, histogram.labels)),
      histogram,
    })),
  );
  const fingerprints = [...new Set(known.map(({ fingerprint }) => fingerprint))];
  return intervalQuantiles(known, await readHistogramStates(db, fingerprints));
}
