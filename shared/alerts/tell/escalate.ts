import { and, asc, eq, lte } from "drizzle-orm";
import { isoOfTimestamp } from "../../db/instant.ts";
import { alert_rules, alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { notify } from "../../notifications/notify.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { type AlertRow, toAlert } from "../alert-row.ts";
import { fieldsOf } from "../rule-row.ts";
import { matchSilences } from "../silences/match-silences.ts";
import { type CurrentSilence, readSilences } from "../silences/read-silences.ts";
import { type AfterCommit, NOTHING_TOLD } from "./record-transitions.ts";

/** Alerts that one look takes. */
const MOST = 50;

/**
 * Tells by the second way what nobody acknowledged in time, once an alert. What a silence holds back waits for its end.
 */
export async function escalate(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "config">,
  user_id: string,
): Promise<AfterCommit> {
  const now = ctx.now();
  const rows = await tx
    .select({ alert: alerts })
    .from(alerts)
    .where(and(eq(alerts.user_id, user_id), lte(alerts.escalate_at, isoTime(now))))
    .orderBy(asc(alerts.escalate_at), asc(alerts.id))
    .limit(MOST)
    .for("update");
  if (rows.length === 0) return NOTHING_TOLD;
  const silences = await readSilences(tx, user_id, now);
  const told: AfterCommit = { ...NOTHING_TOLD, events: [], notifications: [] };
  for (const { alert } of rows) {
    const holding = matchSilences(silences, alert);
    const until = endOf(silences, holding);
    if (alert.state === "active" && until !== null) {
      await tx.update(alerts).set({ escalate_at: until }).where(eq(alerts.id, alert.id));
      continue;
    }
    const id = alert.state === "active" ? await tellOthers(tx, ctx, alert) : null;
    const [after] = await tx
      .update(alerts)
      .set({
        escalate_at: null,
        ...(id !== null && { escalated_at: isoTime(now), revision: alert.revision + 1 }),
      })
      .where(eq(alerts.id, alert.id))
      .returning();
    if (id === null || after === undefined) continue;
    told.notifications.push(id);
    const event = {
      kind: "alert" as const,
      id: `${alert.id}:escalated`,
      at: isoTime(now),
      data: toAlert(after, { silenced_by: [] }),
    };
    told.events.push({ user_id, event });
  }
  return told;
}

/** When the last of the silences that hold something back ends; `null`: none does. */
function endOf(silences: readonly CurrentSilence[], holding: readonly string[]): string | null {
  const ends = silences.filter(({ id }) => holding.includes(id)).map(({ ends_at }) => ends_at);
  return ends.length === 0 ? null : ends.reduce((last, end) => (end > last ? end : last));
}

/** `null` where the rule, or its second way, is there no more. */
async function tellOthers(tx: Tx, ctx: Pick<Ctx, "now" | "config">, alert: AlertRow): Promise<string | null> {
  const [rule] = await tx.select().from(alert_rules).where(eq(alert_rules.id, alert.rule_id));
  const escalation = rule === undefined ? null : fieldsOf(rule).escalation;
  if (escalation === null) return null;
  const since = isoOfTimestamp(alert.fired_at ?? alert.started_at);
  return notify(tx, ctx, {
    user_id: alert.user_id,
    kind: "alert.fired",
    level: alert.level,
    title: `Nobody acknowledged: ${alert.name}`,
    body: `[${alert.level}] ${alert.message} It fired at ${since}.\n${new URL("/alerts", ctx.config.PUBLIC_URL).href}`,
    cause: `alert-escalation:${alert.id}`,
    channels: escalation.channels,
    data: { alerts: [{ id: alert.id, rule_id: alert.rule_id, state: alert.state }], count: 1 },
  });
}
