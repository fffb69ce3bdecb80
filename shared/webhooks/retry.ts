/** Waits that an endpoint asks for, and what an attempt came to. */
export interface FailedAttempt {
  /** With this one: 1 after the first. */
  attempts: number;
  kind: "timeout" | "refused_address" | "connection" | "redirect" | "status";
  status: number | null;
  /** What `Retry-After` asks for, in ms. */
  retry_after_ms: number | null;
}

export interface NextAttempt {
  delay_ms: number;
  /** In words, for the log of deliveries. */
  reason: string;
}

const JITTER = 0.2;
/** After a time-out or 429 the endpoint is left alone for so long at the least. */
const SHORTEST_REST_MS = 60_000;
const TOO_MANY_REQUESTS = 429;

const inSeconds = (ms: number) => `${Math.round(ms / 100) / 10} s`;

/**
 * When to try again, and why then; `null`: no attempt is left.
 * @param schedule wait before each attempt in ms, the first included.
 * @param random from 0 to 1, for ±20 % of jitter.
 */
export function nextAttempt(
  schedule: readonly number[],
  random: number,
  { attempts, kind, status, retry_after_ms }: FailedAttempt,
): NextAttempt | null {
  const base = schedule[attempts];
  if (base === undefined) return null;
  const jittered = Math.round(base * (1 - JITTER + 2 * JITTER * random));
  const place = `attempt ${attempts + 1} of ${schedule.length}`;
  const asked = retry_after_ms === null ? null : Math.min(Math.max(retry_after_ms, base), 2 * base);
  const planned = asked ?? jittered;
  const rests = (kind === "timeout" || status === TOO_MANY_REQUESTS) && planned < SHORTEST_REST_MS;
  if (rests) {
    const after = kind === "timeout" ? "a time-out" : "status 429";
    return { delay_ms: SHORTEST_REST_MS, reason: `${place}: at least 60 s after ${after}` };
  }
  if (asked === null)
    return { delay_ms: planned, reason: `${place}: ${inSeconds(base)} by the schedule, ±20 %` };
  const bounds =
    asked === retry_after_ms ? "" : `, held between ${inSeconds(base)} and ${inSeconds(2 * base)}`;
  return {
    delay_ms: planned,
    reason: `${place}: Retry-After asked for ${inSeconds(retry_after_ms ?? 0)}${bounds}`,
  };
}

/** `Retry-After` (RFC 9110, 10.2.3) in ms from `now`: seconds or an HTTP date; `null` where it is neither. */
export function readRetryAfter(header: string | null, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/.test(text)
    ? Date.parse(text)
    : Number.NaN;
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
