import { REQUEST_BUCKETS_S, type RequestCount, type RequestMark } from "../contracts/room.ts";
import { addBuckets, noBuckets } from "./request-counts.ts";

/** Requests answered between two marks. */
export interface RequestFigures {
  requests: number;
  per_second: number;
  /** Answered with a server error, in percent; `null` where there were no requests. */
  error_rate: number | null;
  /** 95 of 100 were answered within, in milliseconds; `null` where there were no requests. */
  p95_ms: number | null;
}

/** Shorter than this, a rate says nothing: figures of two ticks at once. */
const SHORTEST_MS = 5000;

/** All that was counted, as it is at an instant (ms since 1970). */
export function markOf(counts: readonly RequestCount[], at: number): RequestMark {
  return {
    at,
    requests: counts.reduce((sum, { count }) => sum + count, 0),
    errors: counts.reduce((sum, { count, status }) => sum + (status === "5xx" ? count : 0), 0),
    buckets: counts.reduce((sum, { buckets }) => addBuckets(sum, buckets), noBuckets()),
  };
}

/**
 * What came between two marks; `null` where they lie too close together. Where the counts began anew in between, as
 * counters of Prometheus do, what came since then.
 */
export function requestFigures(before: RequestMark, now: RequestMark): RequestFigures | null {
  const span_ms = now.at - before.at;
  if (span_ms < SHORTEST_MS) return null;
  const began =
    now.requests < before.requests ||
    now.errors < before.errors ||
    now.buckets.some((count, bucket) => count < (before.buckets[bucket] ?? 0));
  const from = began ? { requests: 0, errors: 0, buckets: noBuckets() } : before;
  const requests = now.requests - from.requests;
  const buckets = now.buckets.map((count, bucket) => count - (from.buckets[bucket] ?? 0));
  const p95_s = quantile(buckets, 0.95);
  return {
    requests,
    per_second: requests / (span_ms / 1000),
    error_rate: requests === 0 ? null : ((now.errors - from.errors) / requests) * 100,
    p95_ms: p95_s === null ? null : p95_s * 1000,
  };
}

/**
 * The value in seconds that a share `q` of a histogram does not exceed, taken to be spread evenly within a bucket, as
 * Prometheus' `histogram_quantile` does; the last bound where it lies beyond it.
 */
export function quantile(buckets: readonly number[], q: number): number | null {
  const total = buckets.reduce((sum, count) => sum + count, 0);
  if (total === 0) return null;
  const rank = q * total;
  let below = 0;
  for (const [bucket, bound] of REQUEST_BUCKETS_S.entries()) {
    const count = buckets[bucket] ?? 0;
    if (count > 0 && below + count >= rank) {
      const lower = REQUEST_BUCKETS_S[bucket - 1] ?? 0;
      return lower + (bound - lower) * ((rank - below) / count);
    }
    below += count;
  }
  return REQUEST_BUCKETS_S[REQUEST_BUCKETS_S.length - 1] ?? null;
}
