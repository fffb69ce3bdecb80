const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long to wait after each failed attempt. */
const DELAYS = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR];

/** So often is one send tried. */
export const MOST_ATTEMPTS = DELAYS.length + 1;

/** Longer than this nobody is waited for. */
const LONGEST_ASKED = 6 * HOUR;

/** When to try again after so many attempts, in ms, but not before the receiver wants it; `null`: not again. */
export function nextAttemptDelay(attempts: number, asked_ms = 0): number | null {
  const planned = DELAYS[attempts - 1];
  return planned === undefined ? null : Math.max(planned, Math.min(asked_ms, LONGEST_ASKED));
}
