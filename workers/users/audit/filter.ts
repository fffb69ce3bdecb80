import { type SQL, sql } from "drizzle-orm";
import { parseBounds, SpanError } from "../../../shared/domain/span.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { AppError } from "../../../shared/platform/errors.ts";

export interface AuditFilter {
  actor?: string | undefined;
  action?: string | undefined;
  target_type?: string | undefined;
  target_id?: string | undefined;
  trace_id?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  time_zone?: string | undefined;
}

function boundsOf(filter: AuditFilter) {
  try {
    return parseBounds(filter);
  } catch (cause) {
    if (!(cause instanceof SpanError)) throw cause;
    throw new AppError("invalid_request", `${cause.field} ${cause.message}.`, {
      details: [{ pointer: `?${cause.field}`, message: cause.message }],
      cause,
    });
  }
}

function actionIs(action: string): SQL {
  return action.endsWith(".*") ? sql`starts_with(action, ${action.slice(0, -1)})` : sql`action = ${action}`;
}

/** The condition on `audit_log` that a filter means. Throws `invalid_request` for bounds that are none. */
export function auditPassing(filter: AuditFilter): SQL {
  const { from, to } = boundsOf(filter);
  const conditions = [
    filter.actor !== undefined && sql`actor_id = ${filter.actor}`,
    filter.action !== undefined && actionIs(filter.action),
    filter.target_type !== undefined && sql`target_type = ${filter.target_type}`,
    filter.target_id !== undefined && sql`target_id = ${filter.target_id}`,
    filter.trace_id !== undefined && sql`trace_id = ${filter.trace_id}`,
    from !== undefined && sql`at >= ${isoTime(from)}::timestamptz`,
    to !== undefined && sql`at < ${isoTime(to)}::timestamptz`,
  ].filter((condition) => condition !== false);
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}
