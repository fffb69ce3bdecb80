import { inArray, sql } from "drizzle-orm";
import { z } from "zod";
import type { AlertRuleFields } from "../../contracts/alerts.ts";
import { parseDuration } from "../../contracts/duration.ts";
import { readRows } from "../../db/rows.ts";
import { alert_group_members, alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import { newId } from "../../platform/ids.ts";
import type { AlertRow } from "../alert-row.ts";
import { type Group, groupOf } from "./group-of.ts";

/** An alert that fired just now. */
export interface Fired {
  alert: AlertRow;
  fields: AlertRuleFields;
  silenced: boolean;
}

type JoinTx = Pick<Tx, "execute" | "insert" | "update">;

/**
 * Has alerts that fired told with their groups: a group that is new waits for others (`group_wait`), one that told lately
 * for its interval. Notes when somebody else is told, if nobody acknowledges. `now` in ms since 1970.
 */
export async function joinGroups(tx: JoinTx, fired: readonly Fired[], now: number): Promise<void> {
  const groups = Map.groupBy(
    fired,
    (item) => `${item.alert.user_id} ${groupOf(item.alert, item.fields).key}`,
  );
  // In one order, so that two who tell of the same groups wait for each other, and no longer.
  for (const [, items] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [first] = items;
    if (first === undefined) continue;
    const group_id = await openGroup(tx, first.alert.user_id, groupOf(first.alert, first.fields), now);
    const members = items.map(({ alert, silenced }) => ({
      ...{ group_id, alert_id: alert.id },
      told_state: silenced ? "silenced" : null,
    }));
    await tx.insert(alert_group_members).values(members).onConflictDoNothing();
  }
  await planEscalations(tx, fired, now);
}

async function openGroup(tx: JoinTx, user_id: string, group: Group, now: number): Promise<string> {
  const at = isoTime(now);
  const [row] = await readRows(
    tx,
    sql`insert into alert_groups (id, user_id, key, channels, group_interval_ms, repeat_interval_ms, due_at, created_at)
      values (${newId("alg", now)}, ${user_id}, ${group.key}, ${JSON.stringify(group.channels)}::jsonb, ${group.group_interval_ms},
        ${group.repeat_interval_ms}, ${isoTime(now + group.group_wait_ms)}::timestamptz, ${at}::timestamptz)
      on conflict (user_id, key) do update set due_at = ${soonest(at)}
      returning id`,
    z.object({ id: z.string() }),
  );
  if (row === undefined) throw new Error("a group of alerts was not written");
  return row.id;
}

/** When a group that is there may tell something new: after its interval, and never later than it would anyway. */
const soonest = (at: string) => sql`least(alert_groups.due_at, coalesce(
  greatest(${at}::timestamptz, alert_groups.last_told_at + alert_groups.group_interval_ms * interval '1 millisecond'),
  alert_groups.due_at))`;

async function planEscalations(tx: Pick<Tx, "update">, fired: readonly Fired[], now: number): Promise<void> {
  const byWait = Map.groupBy(
    fired.filter(({ fields }) => fields.escalation !== null),
    ({ fields }) => parseDuration(fields.escalation?.after ?? "0s") ?? 0,
  );
  for (const [wait, items] of byWait)
    await tx
      .update(alerts)
      .set({ escalate_at: isoTime(now + wait) })
      .where(inArray(alerts.id, items.map(({ alert }) => alert.id).sort()));
}

/** What was acknowledged or resolved goes to nobody else any more; what resolved is told as soon as its group may. */
export async function leaveEscalation(
  tx: Pick<Tx, "execute" | "update">,
  { settled, resolved }: { settled: readonly string[]; resolved: readonly string[] },
  now: number,
): Promise<void> {
  if (settled.length > 0)
    await tx
      .update(alerts)
      .set({ escalate_at: null })
      .where(inArray(alerts.id, [...settled].sort()));
  if (resolved.length > 0)
    await tx.execute(sql`update alert_groups set due_at = ${soonest(isoTime(now))}
      where id in (select group_id from alert_group_members where alert_id = any(${sql.param([...resolved])}::text[]))`);
}

/** Those of the alerts that nobody was told of, since a silence held them back. */
export async function readUntold(
  tx: Pick<Tx, "select">,
  alert_ids: readonly string[],
): Promise<ReadonlySet<string>> {
  if (alert_ids.length === 0) return new Set();
  const rows = await tx
    .select({ alert_id: alert_group_members.alert_id, told_state: alert_group_members.told_state })
    .from(alert_group_members)
    .where(inArray(alert_group_members.alert_id, [...alert_ids]));
  return new Set(rows.flatMap(({ alert_id, told_state }) => (told_state === "silenced" ? [alert_id] : [])));
}
