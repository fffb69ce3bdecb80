import { isoTime } from "../../../shared/platform/clock.ts";
import { type Cumulative, quantilesOf } from "./distributions.ts";
import type { Bucket } from "./quantiles.ts";
import { type OtlpHistogram, type OtlpSample, unitOf } from "./to-samples.ts";

/** The buckets of a histogram as they were last told; `at` in ms since 1970. */
export interface HistogramState {
  at: number;
  buckets: Bucket[];
}

/** Quantiles that became known, and the newest state of each histogram by its fingerprint. */
export interface IntervalQuantiles {
  samples: OtlpSample[];
  newest: Map<string, HistogramState>;
}

/**
 * What fell into each bucket between two states. A histogram that began after the earlier one, or has less in a bucket
 * than it had, counts from 0: all it has is of the interval. `null` where the bounds differ, so that nothing can be said.
 */
export function growthOf(
  before: HistogramState,
  now: Pick<Cumulative, "start" | "buckets">,
): Bucket[] | null {
  const earlier = new Map(before.buckets.map(({ lower, upper, count }) => [`${lower} ${upper}`, count]));
  let found = 0;
  let fell = now.start > before.at;
  const grown = now.buckets.map((bucket) => {
    const had = earlier.get(`${bucket.lower} ${bucket.upper}`);
    if (had !== undefined) found += 1;
    if (bucket.count < (had ?? 0)) fell = true;
    return { ...bucket, count: bucket.count - (had ?? 0) };
  });
  if (fell) return now.buckets;
  return found < earlier.size ? null : grown;
}

/** Quantiles of what grew in cumulative histograms, each since the state before; of a first one nothing is known. */
export function intervalQuantiles(
  histograms: readonly { fingerprint: string; histogram: OtlpHistogram }[],
  states: ReadonlyMap<string, HistogramState>,
): IntervalQuantiles {
  const samples: OtlpSample[] = [];
  const newest = new Map<string, HistogramState>();
  for (const { fingerprint, histogram } of histograms.toSorted((a, b) => a.histogram.at - b.histogram.at)) {
    const { at, buckets } = histogram;
    const before = newest.get(fingerprint) ?? states.get(fingerprint);
    // One that comes late, or again: what grew until then is counted already.
    if (before !== undefined && at <= before.at) continue;
    newest.set(fingerprint, { at, buckets: buckets.filter(({ count }) => count > 0) });
    const grown = before === undefined ? null : growthOf(before, histogram);
    if (grown !== null) samples.push(...samplesOf(histogram, grown));
  }
  return { samples, newest };
}

/** Least and greatest value are those since the start, not of the interval. */
const UNKNOWN_ENDS = { min: null, max: null };

function samplesOf(histogram: OtlpHistogram, grown: Bucket[]): OtlpSample[] {
  const { metric, name, labels, unit } = histogram;
  return quantilesOf(isoTime(histogram.at), grown, UNKNOWN_ENDS).map(({ part, at, value }) => ({
    metric,
    points: 0,
    sample: {
      name: `${name}.${part}`,
      labels,
      value,
      at,
      type: "gauge",
      ...unitOf({ unit, counter: false, rate: false }),
    },
  }));
}
