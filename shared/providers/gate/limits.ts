/** What a provider's reply says of its limits. */
export interface ServerLimits {
  remaining: number | null;
  /** Milliseconds since 1970. */
  reset_at: number | null;
  retry_after_ms: number | null;
}

const DAY_MS = 86_400_000;
/** Larger numbers are points in time, smaller ones are spans. */
const EPOCH_SECONDS = 1_000_000_000;

/**
 * Reads `Retry-After` (RFC 9110: seconds or a date; epoch seconds are met too) and `X-RateLimit-Remaining`,
 * `X-RateLimit-Reset` (epoch seconds, or seconds from now). Nothing makes us wait for more than a day.
 */
export function readLimits(headers: Headers, now: number): ServerLimits {
  const reset = moment(headers.get("x-ratelimit-reset"), now);
  const retry = moment(headers.get("retry-after"), now);
  const remaining = headers.get("x-ratelimit-remaining");
  return {
    remaining: remaining !== null && /^\d+$/.test(remaining.trim()) ? Number(remaining) : null,
    reset_at: reset,
    retry_after_ms: retry === null ? null : retry - now,
  };
}

/** A moment within a day from now. */
function moment(value: string | null, now: number): number | null {
  if (value === null || value.trim() === "") return null;
  const number = Number(value);
  const at = Number.isFinite(number)
    ? number >= EPOCH_SECONDS
      ? number * 1000
      : now + number * 1000
    : Date.parse(value);
  return Number.isFinite(at) ? Math.min(Math.max(at, now), now + DAY_MS) : null;
}
