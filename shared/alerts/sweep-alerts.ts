import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { EVALUATED } from "./rule-row.ts";
import { ACTIVITY_METRIC, SETTLE_MS } from "./sources/activity.ts";
import { LOOKS_AT_OWN, LOOKS_AT_PLATFORMS } from "./sources/readings.ts";
import { wakeEngines } from "./wake-alerts.ts";
import { isWatched, MARKET_NAMES } from "./watched-sql.ts";

/** Engines of each kind of reason that one tick wakes. In no order, so that none is always left over. */
const MOST_WOKEN = 200;
/** Engines set alarms of their own: only what they left lying is looked for. */
const GRACE_MS = 5000;
/** Readings and activity older than this have been seen by many ticks. */
const LOOK_BACK = "1 hour";

/**
 * Wakes the engines that have something due or unseen: what a lost wake, or an object that is gone, left behind. A reason
 * that cannot be asked for keeps no engine of another asleep, and fails the sweep in the end.
 */
export async function sweepAlerts(
  ctx: Pick<Ctx, "db" | "now" | "alertEngine" | "queue" | "trace" | "log">,
): Promise<void> {
  const at = sql`${isoTime(ctx.now() - GRACE_MS)}::timestamptz`;
  const found = await Promise.allSettled(
    [dueStates(at), dueTelling(at), aheadCollections(at), aheadSeries(at), aheadActivity(ctx.now())].map(
      (query) =>
        readRows(
          ctx.db,
          sql`select engine from (${query}) found order by random() limit ${MOST_WOKEN}::int`,
          z.object({ engine: z.string() }),
        ),
    ),
  );
  await wakeEngines(
    ctx,
    found.flatMap((each) => (each.status === "fulfilled" ? each.value.map(({ engine }) => engine) : [])),
  );
  const failed = found.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

/** Those of rules that are evaluated at all. */
const dueStates = (at: SQL) => sql`
  select distinct t.engine from alert_states t
  join alert_rules r on r.id = t.rule_id join users u on u.id = r.user_id
  where t.due_at <= ${at} and ${EVALUATED}`;

const dueTelling = (at: SQL) => sql`
  select 'user:' || user_id as engine from (
    select user_id from alert_groups where due_at <= ${at}
    union select user_id from alerts where escalate_at <= ${at}) told
  join users u on u.id = told.user_id and u.status = 'active'`;

/** Ahead of their cursor, or with a rule that is newer than what was last looked at by it. */
const aheadCollections = (at: SQL) => sql`
  with newest as materialized (
    select r.subject, max(r.enabled_at) as at from alert_rules r join users u on u.id = r.user_id
    where ${EVALUATED} and r.metric in (${MARKET_NAMES}) and r.enabled_at > ${at} - ${LOOK_BACK}::interval group by r.subject)
  select 'collection:' || c.slug as engine from collections c
  join collection_state s on s.collection_id = c.id
  left join alert_cursors a on a.source = 'collection:' || c.slug
  left join lateral (select max(n.at) as at from newest n where n.subject in (c.slug, '*')) n on true
  where (a.source is null or a.epoch <> s.epoch or a.seq < s.seq or a.updated_at < n.at)
    and ${isWatched(sql.raw("c.slug"))}`;

const aheadSeries = (at: SQL) => {
  const ahead = (looks: SQL) => sql`select s.user_id from metric_series s
    join alert_rules r on ${looks} join users u on u.id = r.user_id
    where ${EVALUATED} and s.last_at > coalesce(s.evaluated_at, '-infinity') and s.last_at > ${at} - ${LOOK_BACK}::interval`;
  return sql`
  select coalesce('user:' || f.user_id, 'platform') as engine
  from (${ahead(LOOKS_AT_OWN)} union ${ahead(LOOKS_AT_PLATFORMS)}) f`;
};

const aheadActivity = (now: number) => sql`
  select distinct 'user:' || r.user_id as engine from alert_rules r join users u on u.id = r.user_id
  left join alert_cursors a on a.source = 'activity:' || r.user_id
  where ${EVALUATED} and r.metric = ${ACTIVITY_METRIC} and exists (
    select from activity_events e where e.user_id = r.user_id
      and e.created_at <= ${isoTime(now - SETTLE_MS)}::timestamptz
      and e.created_at > ${isoTime(now)}::timestamptz - ${LOOK_BACK}::interval
      and e.created_at >= r.enabled_at
      and (a.source is null or e.id collate "C" > a.epoch collate "C"))`;
