import { and, count, eq, inArray, ne } from "drizzle-orm";
import { findMetric, subjectOf } from "../../../shared/alerts/catalogue.ts";
import { NO_STATES, type RuleRow, type RuleStates, toRule } from "../../../shared/alerts/rule-row.ts";
import { collectionEngine, PLATFORM_ENGINE, userEngine } from "../../../shared/alerts/wake-alerts.ts";
import type { AlertRule, AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { alert_rules, alerts } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** For rules that do not exist and for those of others alike. */
export function noSuchRule(): AppError {
  return new AppError("not_found", "You have no such alert rule.");
}

const mine = (ctx: Pick<Ctx, "actor">, id: string) =>
  and(eq(alert_rules.id, id), eq(alert_rules.user_id, ownerOf(ctx)));

/** @throws `not_found` */
export async function findRule(ctx: Pick<Ctx, "db" | "actor">, id: string): Promise<RuleRow> {
  const [row] = await ctx.db.select().from(alert_rules).where(mine(ctx, id));
  if (row === undefined) throw noSuchRule();
  return row;
}

/** One's rule, which nobody else changes or evaluates until the commit. Throws `not_found`. */
export async function lockRule(tx: Tx, ctx: Pick<Ctx, "actor">, id: string): Promise<RuleRow> {
  const [row] = await tx.select().from(alert_rules).where(mine(ctx, id)).for("no key update");
  if (row === undefined) throw noSuchRule();
  return row;
}

/** The row of an update or insert, which cannot be missing. */
export function theRow(rows: RuleRow[]): RuleRow {
  const [row] = rows;
  if (row === undefined) throw noSuchRule();
  return row;
}

/** Rules as their owner sees them, each with how many of its alerts stand. */
export async function showRules(ctx: Pick<Ctx, "db">, rows: readonly RuleRow[]): Promise<AlertRule[]> {
  if (rows.length === 0) return [];
  const counted = await ctx.db
    .select({ rule_id: alerts.rule_id, state: alerts.state, n: count() })
    .from(alerts)
    .where(
      and(
        inArray(
          alerts.rule_id,
          rows.map(({ id }) => id),
        ),
        ne(alerts.state, "resolved"),
      ),
    )
    .groupBy(alerts.rule_id, alerts.state);
  const byRule = new Map<string, RuleStates>();
  for (const { rule_id, state, n } of counted)
    byRule.set(rule_id, { ...(byRule.get(rule_id) ?? NO_STATES), [state]: n });
  return rows.map((row) => toRule(row, byRule.get(row.id)));
}

/** @throws `not_found` where it went meanwhile. */
export async function showRule(ctx: Pick<Ctx, "db">, row: RuleRow): Promise<AlertRule> {
  const [rule] = await showRules(ctx, [row]);
  if (rule === undefined) throw noSuchRule();
  return rule;
}

/** What evaluation finds a rule by, beside its fields. */
export function columnsOf(fields: AlertRuleFields) {
  const definition = findMetric(fields.metric);
  const subject = subjectOf(definition ?? { subject: null }, fields.labels);
  return { fields, metric: fields.metric, subject, enabled: fields.enabled, expires_at: fields.expires_at };
}

/** Engines that evaluate a rule; none for one on every collection, which is looked at with each one's next event. */
export function enginesOf({ metric, subject, user_id }: RuleRow): string[] {
  const owner = findMetric(metric)?.owner;
  if (owner === "platform") return [PLATFORM_ENGINE];
  if (owner === "user") return [userEngine(user_id)];
  return subject === "*" ? [] : [collectionEngine(subject)];
}
