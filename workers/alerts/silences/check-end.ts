import { isoTime } from "../../../shared/platform/clock.ts";
import { AppError } from "../../../shared/platform/errors.ts";

const YEAR_MS = 366 * 86_400_000;

/**
 * Throws `invalid_request` unless a silence may end then: after it begins, and between now (ms since 1970) and a year
 * from now. What is silenced for longer is a rule that nobody wants.
 */
export function checkEnd(ends_at: string, starts_at: string, now: number): void {
  const end = Date.parse(ends_at);
  const refuse = (message: string) =>
    new AppError("invalid_request", `ends_at: ${message}.`, { details: [{ pointer: "/ends_at", message }] });
  if (end <= now) throw refuse(`must lie in the future, after ${isoTime(now)}`);
  if (end <= Date.parse(starts_at)) throw refuse(`must lie after starts_at, which is ${starts_at}`);
  if (end > now + YEAR_MS) throw refuse(`must lie before ${isoTime(now + YEAR_MS)}, a year from now`);
}
