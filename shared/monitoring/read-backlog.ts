import { sql } from "drizzle-orm";
import { z } from "zod";
import { Behind, behindColumns } from "../alerts/read-behind.ts";
import { LevelCounts } from "../contracts/monitoring.ts";
import { type Reader, readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";

/** What was due this long ago and is not done is not only waiting its turn. */
export const MAIL_PATIENCE_MS = 5 * 60_000;
export const WEBHOOK_PATIENCE_MS = 15 * 60_000;
export const ALERT_PATIENCE_MS = 2 * 60_000;
/** A mail that was refused so often is no hiccup. */
export const REFUSED_ATTEMPTS = 3;

const Ms = z.coerce.number();
const Count = z.coerce.number();

const Backlog = z.object({
  webhooks_pending: Count,
  /** Of endpoints that take what they are sent. */
  webhooks_overdue: Count,
  mails_overdue: Count,
  mails_refused: Count,
  /** When the oldest of what alert engines have not looked at in time was due, ms since 1970. */
  alerts_due_at: Ms.nullable(),
  /** Alerts of everybody that stand. */
  alerts: LevelCounts,
  ...Behind.shape,
});
export type Backlog = z.infer<typeof Backlog>;

/** What waits in the database, in one statement. `now`: ms since 1970. */
export async function readBacklog(db: Reader, now: number): Promise<Backlog> {
  const before = (ms: number) => sql`${isoTime(now - ms)}::timestamptz`;
  const standing = (level: string) => sql`count(*) filter (where level = ${level})`;
  const [row] = await readRows(
    db,
    sql`select
      (select count(*) from deliveries where status = 'pending') as webhooks_pending,
      (select count(*) from deliveries d join webhooks w on w.id = d.webhook_id
        where d.status = 'pending' and d.next_attempt_at <= ${before(WEBHOOK_PATIENCE_MS)}
          and (d.leased_until is null or d.leased_until <= ${before(0)})
          and w.status = 'active' and w.failed_in_a_row = 0
          and coalesce(w.last_failure_at, '-infinity') <= coalesce(w.last_success_at, '-infinity')
      ) as webhooks_overdue,
      (select count(*) from mails where sent_at is null and failed_at is null
        and next_attempt_at <= ${before(MAIL_PATIENCE_MS)}) as mails_overdue,
      (select count(*) from mails where sent_at is null and failed_at is null
        and attempts >= ${REFUSED_ATTEMPTS}::int) as mails_refused,
      (select extract(epoch from min(due_at)) * 1000 from (
        select min(t.due_at) as due_at from alert_states t
          join alert_rules r on r.id = t.rule_id and r.enabled
          join users u on u.id = r.user_id and u.status = 'active'
          where t.due_at <= ${before(ALERT_PATIENCE_MS)}
        union all
        select min(g.due_at) from alert_groups g join users u on u.id = g.user_id and u.status = 'active'
          where g.due_at <= ${before(ALERT_PATIENCE_MS)}) late) as alerts_due_at,
      (select json_build_object('info', ${standing("info")}, 'warning', ${standing("warning")},
          'error', ${standing("error")}, 'critical', ${standing("critical")})
        from alerts where state <> 'resolved' and state in ('active', 'acknowledged')) as alerts,
      ${behindColumns(now)}`,
    Backlog,
  );
  if (row === undefined) throw new Error("a statement of one row gave none");
  return row;
}
