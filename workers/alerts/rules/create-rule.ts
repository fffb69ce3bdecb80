import { and, count, eq, isNull } from "drizzle-orm";
import { toRule } from "../../../shared/alerts/rule-row.ts";
import { wakeAlerts } from "../../../shared/alerts/wake-alerts.ts";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { lockPlan } from "../../../shared/auth/lock-plan.ts";
import { PlanLimits } from "../../../shared/contracts/access.ts";
import type { AlertRule } from "../../../shared/contracts/alerts.ts";
import { alert_rules } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { checkExpiry, checkFields } from "./check-fields.ts";
import { columnsOf, enginesOf, theRow } from "./rule-store.ts";
import type { CreateRuleRequest } from "./schema.ts";

/**
 * Throws `conflict` where the plan has no room for another rule; those that XSEMA made do not count. Who makes two at
 * once makes them one by one.
 */
async function checkRoom(tx: Tx, user_id: string): Promise<void> {
  const plan = await lockPlan(tx, user_id);
  const most = PlanLimits[plan].alert_rules;
  const [counted] = await tx
    .select({ made: count() })
    .from(alert_rules)
    .where(and(eq(alert_rules.user_id, user_id), isNull(alert_rules.built_in)));
  if ((counted?.made ?? 0) >= most)
    throw new AppError(
      "conflict",
      `Your plan (${plan}) has room for ${most} alert rules, and you have that many. Delete one first.`,
    );
}

/**
 * Makes a rule for whoever asks. It sees what comes from now on.
 * @throws `invalid_request` for fields that do not belong together, `forbidden` for a metric that is not for the caller,
 * `conflict` where the plan is full.
 */
export async function createRule(
  ctx: Ctx & Answers<AlertRule>,
  wanted: CreateRuleRequest,
): Promise<AlertRule> {
  const user_id = ownerOf(ctx);
  await checkFields(ctx.db, ctx.actor, wanted);
  checkExpiry(wanted.expires_at, ctx.now());
  const id = newId("rul", ctx.now());
  const at = isoTime(ctx.now());
  const row = await ctx.transact(async (tx) => {
    await checkRoom(tx, user_id);
    const made = theRow(
      await tx
        .insert(alert_rules)
        .values({ ...columnsOf(wanted), id, user_id, enabled_at: at, created_at: at, updated_at: at })
        .returning(),
    );
    await recordAudit(tx, ctx, {
      action: "alert_rule.created",
      target: { type: "alert_rule", id },
      after: wanted,
    });
    await ctx.keepAnswer?.(tx, toRule(made));
    return made;
  });
  if (row.enabled) wakeAlerts(ctx, ...enginesOf(row));
  return toRule(row);
}
