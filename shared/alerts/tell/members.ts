import { and, asc, eq, inArray, sql } from "drizzle-orm";
import { alert_group_members, alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import type { AlertRow } from "../alert-row.ts";
import { readSilences } from "../silences/read-silences.ts";
import { heldUntil } from "./held-back.ts";

/**
 * What was told of an alert, as `told_state` keeps it; `null`: webhooks know, the group tells it next.
 * - `silenced`: nobody was told, webhooks neither, since a silence held it back when it fired
 * - `held`: webhooks were told, and a silence holds the notification back
 * - `active`: it was told as firing
 */
export type ToldState = "silenced" | "held" | "active" | null;

/** An alert of a group. */
export interface Member {
  told_state: string | null;
  alert: AlertRow;
  /** When the silences that hold it back now end, in ms since 1970; `null`: none does. */
  held_until: number | null;
}

/** Members that one look takes, so that a flood stays within one transaction; the rest is told with the next. */
export const MOST_MEMBERS = 2000;

/** Those that may be news come first: what was told and goes on must not keep them out. */
const NEWS_FIRST = sql`case when ${alert_group_members.told_state} is null or ${alerts.state} = 'resolved' then 0
  when ${alert_group_members.told_state} in ('silenced', 'held') then 1 else 2 end`;

/** The alerts of a user's group as they are at `now` (ms since 1970), `MOST_MEMBERS` at the most. */
export async function readMembers(
  tx: Pick<Tx, "select">,
  group: { id: string; user_id: string },
  now: number,
): Promise<Member[]> {
  const rows = await tx
    .select({ told_state: alert_group_members.told_state, alert: alerts })
    .from(alert_group_members)
    .innerJoin(alerts, eq(alerts.id, alert_group_members.alert_id))
    .where(eq(alert_group_members.group_id, group.id))
    .orderBy(NEWS_FIRST, asc(alerts.fired_at), asc(alerts.id))
    .limit(MOST_MEMBERS);
  const silences = await readSilences(tx, group.user_id, now);
  return rows.map((row) => ({ ...row, held_until: heldUntil(silences, row.alert) }));
}

const these = (group_id: string, members: readonly Member[]) => {
  const ids = members.map(({ alert }) => alert.id);
  return and(eq(alert_group_members.group_id, group_id), inArray(alert_group_members.alert_id, ids));
};

/** Notes what was told of members. */
export async function markMembers(
  tx: Pick<Tx, "update">,
  group_id: string,
  members: readonly Member[],
  told_state: ToldState,
): Promise<void> {
  if (members.length === 0) return;
  await tx.update(alert_group_members).set({ told_state }).where(these(group_id, members));
}

/** Takes members out of their group: there is nothing more to tell of them. */
export async function removeMembers(
  tx: Pick<Tx, "delete">,
  group_id: string,
  members: readonly Member[],
): Promise<void> {
  if (members.length === 0) return;
  await tx.delete(alert_group_members).where(these(group_id, members));
}
