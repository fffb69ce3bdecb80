import { matchesAbsent } from "../../../shared/alerts/silences/match-silences.ts";
import type { SilenceMatcher } from "../../../shared/contracts/alerts.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/**
 * Throws `invalid_request` unless a matcher at least needs its label to be there: a misspelt label, or `*`, would silence
 * every alert, as in Alertmanager.
 */
export function checkMatchers(matchers: readonly SilenceMatcher[]): void {
  if (!matchers.every(matchesAbsent)) return;
  const details = matchers.map(({ label }, index) => ({
    pointer: `/matchers/${index}`,
    message: `holds for every alert without a label "${label}"; add a matcher that needs its label, such as collection = cryptopunks`,
  }));
  throw new AppError("invalid_request", "These matchers name nothing, and so silence everything.", {
    details,
  });
}
