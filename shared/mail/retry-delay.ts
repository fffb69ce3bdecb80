const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** How long to wait after each failed try: eight tries over almost eight hours. */
const DELAYS = [30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR];

/**
 * When to try again after so many tries, in ms; `null`: not again.
 * @param asked what the service asked for, heeded up to an hour.
 */
export function retryDelay(attempts: number, asked: number): number | null {
  const delay = DELAYS[attempts - 1];
  return delay === undefined ? null : Math.max(delay, Math.min(asked, HOUR));
}
