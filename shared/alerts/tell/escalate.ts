import { and, asc, eq, inArray, lte, sql } from "drizzle-orm";
import type { NotificationChannel } from "../../contracts/notifications.ts";
import { alert_rules, alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { notify } from "../../notifications/notify.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { type AlertRow, toAlert } from "../alert-row.ts";
import { fieldsOf } from "../rule-row.ts";
import { readSilences } from "../silences/read-silences.ts";
import { composeEscalation } from "./compose.ts";
import { heldUntil, LOOK_AGAIN_MS } from "./held-back.ts";
import { type AfterCommit, NOTHING_TOLD } from "./record-transitions.ts";

/** Alerts that one look takes; the rest is due at once again. */
const MOST = 1000;

type EscalateCtx = Pick<Ctx, "now" | "config">;

/**
 * Tells by the second way what nobody acknowledged in time: once an alert, and in one notification what goes the same
 * way. What a silence holds back waits for its end.
 */
export async function escalate(tx: Tx, ctx: EscalateCtx, user_id: string): Promise<AfterCommit> {
  const now = ctx.now();
  const due = await lockDue(tx, user_id, now);
  if (due.length === 0) return NOTHING_TOLD;
  const silences = await readSilences(tx, user_id, now);
  const active = due.filter(({ state }) => state === "active");
  const held = Map.groupBy(active, (alert) => heldUntil(silences, alert));
  const free = held.get(null) ?? [];
  held.delete(null);
  for (const [until, list] of held)
    await change(tx, list, { escalate_at: isoTime(Math.min(until ?? now, now + LOOK_AGAIN_MS)) });
  const notifications: string[] = [];
  const told: AlertRow[] = [];
  for (const { channels, list } of await waysOf(tx, free)) {
    const id = await tell(tx, ctx, channels, list);
    if (id === null) continue;
    notifications.push(id);
    told.push(...list);
  }
  const at = isoTime(now);
  const revision = sql`${alerts.revision} + 1`;
  const after = await change(tx, told, { escalate_at: null, escalated_at: at, updated_at: at, revision });
  const waiting = new Set([...[...held.values()].flat(), ...told]);
  await change(
    tx,
    due.filter((alert) => !waiting.has(alert)),
    { escalate_at: null },
  );
  return { ...NOTHING_TOLD, notifications, events: after.map((alert) => escalatedEvent(alert, at)) };
}

/** In the order in which everybody locks alerts: of two who look at once, the second finds them told. */
async function lockDue(tx: Tx, user_id: string, now: number): Promise<AlertRow[]> {
  const isDue = and(eq(alerts.user_id, user_id), lte(alerts.escalate_at, isoTime(now)));
  const found = await tx
    .select({ id: alerts.id })
    .from(alerts)
    .where(isDue)
    .orderBy(asc(alerts.escalate_at), asc(alerts.id))
    .limit(MOST);
  if (found.length === 0) return [];
  const ids = found.map(({ id }) => id);
  return tx
    .select()
    .from(alerts)
    .where(and(inArray(alerts.id, ids), isDue))
    .orderBy(asc(alerts.id))
    .for("update");
}

/** Alerts by where they go next; left out is what has no second way any more. */
async function waysOf(
  tx: Pick<Tx, "select">,
  list: readonly AlertRow[],
): Promise<{ channels: NotificationChannel[]; list: AlertRow[] }[]> {
  if (list.length === 0) return [];
  const ids = [...new Set(list.map(({ rule_id }) => rule_id))];
  const rules = await tx.select().from(alert_rules).where(inArray(alert_rules.id, ids));
  const channels = new Map(
    rules.flatMap((rule) => {
      const { escalation } = fieldsOf(rule);
      return escalation === null ? [] : [[rule.id, [...new Set(escalation.channels)].sort()]];
    }),
  );
  const ways = new Map<string, { channels: NotificationChannel[]; list: AlertRow[] }>();
  for (const alert of list) {
    const chosen = channels.get(alert.rule_id);
    if (chosen === undefined) continue;
    const way = ways.get(chosen.join()) ?? { channels: chosen, list: [] };
    way.list.push(alert);
    ways.set(chosen.join(), way);
  }
  return [...ways.values()];
}

async function tell(
  tx: Tx,
  ctx: EscalateCtx,
  channels: NotificationChannel[],
  list: readonly AlertRow[],
): Promise<string | null> {
  const [first] = list;
  if (first === undefined) return null;
  return notify(tx, ctx, {
    ...composeEscalation(list, { now: ctx.now(), url: ctx.config.PUBLIC_URL }),
    user_id: first.user_id,
    cause: `alert-escalation:${first.id}`,
    channels,
  });
}

async function change(
  tx: Pick<Tx, "update">,
  list: readonly AlertRow[],
  set: Parameters<ReturnType<typeof tx.update<typeof alerts>>["set"]>[0],
): Promise<AlertRow[]> {
  if (list.length === 0) return [];
  const ids = list.map(({ id }) => id);
  return tx.update(alerts).set(set).where(inArray(alerts.id, ids)).returning();
}

function escalatedEvent(alert: AlertRow, at: string): AfterCommit["events"][number] {
  const data = toAlert(alert, { silenced_by: [] });
  return { user_id: alert.user_id, event: { kind: "alert", id: `${alert.id}:escalated`, at, data } };
}
