import { and, eq, gt, inArray, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { readRows } from "../../db/rows.ts";
import { alert_group_members, alert_groups, alerts } from "../../db/schema/index.ts";
import { isoTime } from "../../platform/clock.ts";
import { readSilences } from "../silences/read-silences.ts";
import { heldUntil } from "./held-back.ts";
import { MOST_MEMBERS } from "./members.ts";

/** Groups that one run tells; the rest is due at once again. */
const MOST_GROUPS = 20;

/**
 * The groups of a user that are to be looked at: those that are due, longest first, and those whose silences end earlier
 * than was known when they were looked at last. Who may not log in has none.
 */
export async function findGroups(db: Db, user_id: string, now: number): Promise<string[]> {
  const due = await readRows(
    db,
    sql`select g.id from alert_groups g join users u on u.id = g.user_id
      where g.user_id = ${user_id} and u.status = 'active' and g.due_at <= ${isoTime(now)}::timestamptz
      order by g.due_at, g.id limit ${MOST_GROUPS}::int`,
    z.object({ id: z.string() }),
  );
  return [...due.map(({ id }) => id), ...(await findChanged(db, user_id, now))];
}

async function findChanged(db: Db, user_id: string, now: number): Promise<string[]> {
  const held = await db
    .select({ group_id: alert_groups.id, due_at: alert_groups.due_at, alert: SILENCEABLE })
    .from(alert_groups)
    .innerJoin(alert_group_members, eq(alert_group_members.group_id, alert_groups.id))
    .innerJoin(alerts, eq(alerts.id, alert_group_members.alert_id))
    .where(
      and(
        eq(alert_groups.user_id, user_id),
        gt(alert_groups.due_at, isoTime(now)),
        inArray(alert_group_members.told_state, ["silenced", "held"]),
        eq(alerts.state, "active"),
        sql`exists (select from users where id = ${user_id} and status = 'active')`,
      ),
    )
    .limit(MOST_MEMBERS);
  if (held.length === 0) return [];
  const silences = await readSilences(db, user_id, now);
  const changed = held.filter(({ alert, due_at }) => {
    const until = heldUntil(silences, alert);
    return until === null || until < Date.parse(isoOfTimestamp(due_at));
  });
  return [...new Set(changed.map(({ group_id }) => group_id))].slice(0, MOST_GROUPS);
}

const SILENCEABLE = {
  rule_id: alerts.rule_id,
  name: alerts.name,
  metric: alerts.metric,
  level: alerts.level,
  labels: alerts.labels,
};
