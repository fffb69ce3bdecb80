import type { LoginVerdict } from "../../contracts/accounts.ts";
import { AppError } from "../../platform/errors.ts";

type Refused = Extract<LoginVerdict, { allowed: false }>;

/**
 * What a guard that lets nobody through is answered with: `locked` or `rate_limited` after failures, and `unavailable`
 * where it only waited too long for the outcome of others, which says nothing about whoever asks.
 * @param message of the failures; gets the seconds to wait.
 */
export function refuseAttempt(
  { busy, retry_after_ms }: Refused,
  code: "locked" | "rate_limited",
  message: (seconds: number) => string,
): AppError {
  const seconds = Math.ceil(retry_after_ms / 1000);
  const headers = { "retry-after": String(seconds) };
  if (busy)
    return new AppError("unavailable", "Too many are being checked at once. Try again soon.", { headers });
  return new AppError(code, message(seconds), { headers });
}
