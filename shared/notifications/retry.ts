const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long to wait after each failed attempt. */
const DELAYS = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, 2 * HOUR];

/** So often is one send tried. */
export const MOST_ATTEMPTS = DELAYS.length + 1;

/** When to try again after so many attempts, in ms; `null`: not again. */
export function nextAttemptDelay(attempts: number): number | null {
  return DELAYS[attempts - 1] ?? null;
}
