import { findMetric } from "../../../shared/alerts/catalogue.ts";
import { checkRule } from "../../../shared/alerts/check-rule.ts";
import type { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { collectionExists } from "../../../shared/market/collection-exists.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Actor } from "../../../shared/platform/ctx.ts";
import { AppError, type FieldError } from "../../../shared/platform/errors.ts";
import { requirePermission } from "../../../shared/platform/http/authorise.ts";

function invalid(details: FieldError[]): AppError {
  const [first] = details;
  const message =
    first === undefined ? "" : `${first.pointer.slice(1).replaceAll("/", ".")}: ${first.message}.`;
  return new AppError("invalid_request", message, { details });
}

/** Throws `forbidden` unless `actor` may read what a rule looks at: an alert tells its value. */
export function requireMetric(actor: Actor, metric: string): void {
  const owner = findMetric(metric)?.owner;
  if (owner === "platform") requirePermission(actor, "monitoring:read");
  if (owner === "everyone") requirePermission(actor, "market:read");
}

/**
 * Throws `invalid_request` unless a rule's fields belong together and name a collection that is known.
 * @throws `forbidden` where the metric is not for `actor`.
 */
export async function checkFields(
  db: Parameters<typeof collectionExists>[0],
  actor: Actor,
  fields: AlertRuleFields,
): Promise<void> {
  const errors = checkRule(fields);
  if (errors.length > 0) throw invalid(errors);
  requireMetric(actor, fields.metric);
  const { collection } = fields.labels;
  if (collection === undefined || !fields.metric.startsWith("market.")) return;
  if (await collectionExists(db, collection)) return;
  const message = `there is no collection "${collection}"; GET /api/v1/collections lists them, and without the label the rule looks at every one`;
  throw invalid([{ pointer: "/labels/collection", message }]);
}

/** Throws `invalid_request` for a rule that would have expired before it began. `now` in ms since 1970. */
export function checkExpiry(expires_at: string | null, now: number): void {
  if (expires_at === null || Date.parse(expires_at) > now) return;
  const message = `must lie in the future, after ${isoTime(now)}, or be left out`;
  throw invalid([{ pointer: "/expires_at", message }]);
}
