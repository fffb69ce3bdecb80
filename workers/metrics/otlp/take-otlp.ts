import type { PushCtx } from "../../../shared/metrics/push-samples.ts";
import { pushInParts } from "../push-in-parts.ts";
import { findQuantiles } from "./find-quantiles.ts";
import { saveHistogramStates } from "./histogram-states.ts";
import type { Refusal } from "./read-metrics.ts";
import type { OtlpAnswer, OtlpRequest } from "./schema.ts";
import { type OtlpSample, toSamples } from "./to-samples.ts";

/** Reasons that an answer names; more would be read by nobody. */
const MOST_REASONS = 10;
const HINT = "set send_batch_max_size of the exporter's batches lower; a histogram makes five";

/**
 * Stores what is known here of an export, and says of the rest how much it was and why, so that exporters log it and do
 * not send it again.
 * @throws `body_too_large` where it is more than an export may hold.
 */
export async function takeOtlp(ctx: PushCtx, user_id: string, request: OtlpRequest): Promise<OtlpAnswer> {
  const { samples, histograms, refused } = toSamples(request);
  const quantiles = await findQuantiles(ctx, user_id, histograms);
  const answer = answerOf([...refused, ...(await push(ctx, user_id, [...samples, ...quantiles.samples]))]);
  // Only now: were it kept before and the push failed, the interval's quantiles would be lost with the next attempt.
  if (quantiles.newest.size > 0) await saveHistogramStates(ctx.db, quantiles.newest);
  return answer;
}

async function push(ctx: PushCtx, user_id: string, samples: OtlpSample[]): Promise<Refusal[]> {
  const { rejected, late } = await pushInParts(
    ctx,
    user_id,
    samples.map(({ sample }) => sample),
    HINT,
  );
  const refused = rejected.map(({ index, errors }): Refusal => {
    const { metric = "", points = 1 } = samples[index] ?? {};
    return {
      metric,
      points,
      reason: errors.map(({ pointer, message }) => `${pointer} ${message}`.trim()).join("; "),
    };
  });
  const reason = "older than what is kept, or than a counter's newest reading";
  return late === 0 ? refused : [...refused, { metric: "late", points: late, reason }];
}

function answerOf(refusals: readonly Refusal[]): OtlpAnswer {
  if (refusals.length === 0) return {};
  const reasons = new Map<string, { metric: string; reason: string; points: number }>();
  for (const { metric, reason, points } of refusals) {
    const key = `${metric}\n${reason}`;
    reasons.set(key, { metric, reason, points: points + (reasons.get(key)?.points ?? 0) });
  }
  const told = [...reasons.values()].map(({ metric, reason, points }) => `${metric} (${points}): ${reason}`);
  const more = told.length - MOST_REASONS;
  const points = refusals.reduce((sum, refusal) => sum + refusal.points, 0);
  return {
    partialSuccess: {
      rejectedDataPoints: String(points),
      errorMessage: told.slice(0, MOST_REASONS).join(". ") + (more > 0 ? `. And ${more} more reasons` : ""),
    },
  };
}
