import { AppError, describeError } from "../../../shared/platform/errors.ts";
import type { Log } from "../../../shared/platform/log.ts";
import { retryAfterMs } from "../../../shared/providers/gate/call.ts";

export interface PollRound {
  log: Log;
  /** Everything that is to be done for one collection. */
  pollOne(slug: string): Promise<void>;
}

const DEFAULT_RETRY_MS = 15_000;
/** The next tick comes after this long and plans the same work: waiting longer than it would only pile jobs up. */
const NEXT_TICK_MS = 60_000;

/**
 * Polls one collection after another. One that fails stops no other, except that nobody else is asked once the
 * provider's gate is shut. Answers when to try again; nothing where all went well, where trying again cannot
 * help, or where the next tick is sooner.
 */
export async function pollProvider(
  round: PollRound,
  collections: readonly string[],
): Promise<{ retry_after_ms?: number }> {
  let retry: number | null = null;
  for (const slug of collections) {
    try {
      await round.pollOne(slug);
    } catch (error) {
      const passing = !(error instanceof AppError) || error.retryable;
      const fields = { collection: slug, error: describeError(error) };
      if (!passing) {
        round.log.error("poll failed for good", fields);
        continue;
      }
      round.log.warn("poll failed", fields);
      retry = Math.max(retry ?? 0, retryAfterMs(error) ?? DEFAULT_RETRY_MS);
      if (isGateShut(error)) break;
    }
  }
  return retry === null || retry >= NEXT_TICK_MS ? {} : { retry_after_ms: retry };
}

function isGateShut(error: unknown): boolean {
  return error instanceof AppError && (error.code === "rate_limited" || error.code === "unavailable");
}
