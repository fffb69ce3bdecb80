export const BACKOFF_BASE_MS = 500;
export const BACKOFF_CAP_MS = 30_000;
/** A connection that lasts this long makes the next failure a first one again. */
export const STABLE_MS = 60_000;

/**
 * Full jitter: anywhere between nothing and the exponential bound, so that clients that lost the same server do not
 * come back together (M. Brooker, "Exponential Backoff And Jitter"). `attempt` starts at 0; milliseconds.
 */
export function backoffDelay(attempt: number, random: () => number): number {
  const bound = Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 30));
  return Math.round(random() * bound);
}
