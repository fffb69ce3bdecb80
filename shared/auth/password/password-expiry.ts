import type { Config } from "../../platform/config.ts";

const DAY_MS = 86_400_000;

/**
 * Whether a password is older than `PASSWORD_MAX_AGE_DAYS`. Never where that is 0, as ASVS 6.2.10 asks; one of
 * unknown age counts as too old.
 */
export function isPasswordExpired(
  config: Pick<Config, "PASSWORD_MAX_AGE_DAYS">,
  changed_at: number | null,
  now: number,
): boolean {
  const days = config.PASSWORD_MAX_AGE_DAYS;
  return days > 0 && (changed_at === null || now - changed_at >= days * DAY_MS);
}
