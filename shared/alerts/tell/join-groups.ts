import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { AlertRuleFields } from "../../contracts/alerts.ts";
import { readRows } from "../../db/rows.ts";
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

interface Joining {
  user_id: string;
  group: Group;
  fired: Fired[];
}

type GroupTx = Pick<Tx, "execute">;

/**
 * Has alerts told with their groups: what fired joins them, and what resolved is told as soon as its group may. A group
 * that told nothing yet waits for others (`group_wait`), one that told lately for its interval. `now` in ms since 1970.
 */
export async function joinGroups(
  tx: GroupTx,
  { fired, resolved }: { fired: readonly Fired[]; resolved: readonly AlertRow[] },
  now: number,
): Promise<void> {
  const joining = groupsOf(fired);
  const over = resolved.map(({ id }) => id);
  if (joining.length === 0 && over.length === 0) return;
  await lockGroups(tx, joining, over);
  if (joining.length > 0) await join(tx, joining, now);
  if (over.length > 0)
    await tx.execute(sql`update alert_groups set due_at = ${soonest(now)}
      where id in (select group_id from alert_group_members where alert_id = any(${sql.param(over)}::text[]))`);
}

const nameOf = (user_id: string, key: string) => `${user_id} ${key}`;

/** In one order, so that two who make the same groups wait for each other, and no longer. */
function groupsOf(fired: readonly Fired[]): Joining[] {
  const found = new Map<string, Joining>();
  for (const item of fired) {
    const { user_id } = item.alert;
    const group = groupOf(item.alert, item.fields);
    const name = nameOf(user_id, group.key);
    const joining = found.get(name) ?? { user_id, group, fired: [] };
    joining.fired.push(item);
    found.set(name, joining);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, joining]) => joining);
}

/** Holds every group that is there and will be changed, in one order: two transactions may share several. */
async function lockGroups(
  tx: GroupTx,
  joining: readonly Joining[],
  resolved: readonly string[],
): Promise<void> {
  const keys = JSON.stringify(joining.map(({ user_id, group }) => ({ user_id, key: group.key })));
  await tx.execute(sql`select id from alert_groups
    where (user_id, key) in (select user_id, key from json_to_recordset(${keys}::json) as k(user_id text, key text))
      or id in (select group_id from alert_group_members where alert_id = any(${sql.param([...resolved])}::text[]))
    order by id for update`);
}

/** Opens the groups, and puts into each what fired: in two statements, however many owners that has. */
async function join(tx: GroupTx, joining: readonly Joining[], now: number): Promise<void> {
  const opened = await openGroups(tx, joining, now);
  const members = joining.flatMap(({ user_id, group, fired }) =>
    fired.map(({ alert, silenced }) => ({
      group_id: opened.get(nameOf(user_id, group.key)),
      alert_id: alert.id,
      told_state: silenced ? "silenced" : null,
    })),
  );
  await tx.execute(sql`insert into alert_group_members (group_id, alert_id, told_state)
    select group_id, alert_id, told_state
    from json_to_recordset(${JSON.stringify(members)}::json) as m(group_id text, alert_id text, told_state text)
    on conflict do nothing`);
}

const OpenedRow = z.object({ id: z.string(), user_id: z.string(), key: z.string() });

/** Ids of the groups, by `nameOf`. */
async function openGroups(
  tx: GroupTx,
  joining: readonly Joining[],
  now: number,
): Promise<Map<string, string>> {
  const groups = joining.map(({ user_id, group }, number) => ({
    ...{ number, id: newId("alg", now), user_id, key: group.key, channels: group.channels },
    group_interval_ms: group.group_interval_ms,
    repeat_interval_ms: group.repeat_interval_ms,
    due_at: isoTime(now + group.group_wait_ms),
  }));
  const rows = await readRows(
    tx,
    sql`insert into alert_groups (id, user_id, key, channels, group_interval_ms, repeat_interval_ms, due_at, created_at)
      select id, user_id, key, channels, group_interval_ms, repeat_interval_ms, due_at, ${isoTime(now)}::timestamptz
      from json_to_recordset(${JSON.stringify(groups)}::json) as g(number int, id text, user_id text, key text,
        channels jsonb, group_interval_ms numeric, repeat_interval_ms numeric, due_at timestamptz)
      order by number
      on conflict (user_id, key) do update set due_at = ${soonest(now, sql`excluded.due_at`)}
      returning id, user_id, key`,
    OpenedRow,
  );
  return new Map(rows.map(({ id, user_id, key }) => [nameOf(user_id, key), id]));
}

/**
 * When a group that is there may tell something new: after its interval, or at `first_at` where it told nothing yet, and
 * never later than it would anyway. `least` and `greatest` take no notice of nulls.
 */
function soonest(now: number, first_at: SQL = sql`null::timestamptz`) {
  return sql`least(alert_groups.due_at, case when alert_groups.last_told_at is null then ${first_at}
    else greatest(${isoTime(now)}::timestamptz,
      alert_groups.last_told_at + alert_groups.group_interval_ms * interval '1 millisecond') end)`;
}

/** Those of the alerts that nobody was told of, webhooks neither, since a silence held them back when they fired. */
export async function readSilenced(tx: GroupTx, alert_ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (alert_ids.length === 0) return new Set();
  const rows = await readRows(
    tx,
    sql`select alert_id from alert_group_members
      where told_state = 'silenced' and alert_id = any(${sql.param([...alert_ids])}::text[])`,
    z.object({ alert_id: z.string() }),
  );
  return new Set(rows.map(({ alert_id }) => alert_id));
}
