import { MAX_PUSHED_SAMPLES, type PushAnswer } from "../../shared/contracts/metrics.ts";
import { type PushCtx, pushSamples } from "../../shared/metrics/push-samples.ts";
import { AppError } from "../../shared/platform/errors.ts";

/** Samples that one request may bring. */
const MOST_SAMPLES = 4 * MAX_PUSHED_SAMPLES;

/**
 * Takes more samples than one push may hold, push by push. `index` counts through all of them.
 * @throws `body_too_large`, before anything is stored; `hint` says what to set lower.
 */
export async function pushInParts(
  ctx: PushCtx,
  user_id: string,
  samples: readonly unknown[],
  hint: string,
): Promise<PushAnswer> {
  if (samples.length > MOST_SAMPLES)
    throw new AppError("body_too_large", `A request may hold ${MOST_SAMPLES} samples; ${hint}.`);
  const whole: PushAnswer = { accepted: 0, duplicate: 0, late: 0, rejected: [] };
  for (let first = 0; first < samples.length; first += MAX_PUSHED_SAMPLES) {
    const part = await pushSamples(ctx, user_id, samples.slice(first, first + MAX_PUSHED_SAMPLES));
    whole.accepted += part.accepted;
    whole.duplicate += part.duplicate;
    whole.late += part.late;
    for (const { index, errors } of part.rejected) whole.rejected.push({ index: index + first, errors });
  }
  return whole;
}
