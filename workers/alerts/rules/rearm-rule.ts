import * as byHand from "../../../shared/alerts/commit/by-hand.ts";
import { afterCommit } from "../../../shared/alerts/tell/after-commit.ts";
import { wakeAlerts } from "../../../shared/alerts/wake-alerts.ts";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import type { AlertRule } from "../../../shared/contracts/alerts.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { enginesOf, findRule, lockRule, showRule } from "./rule-store.ts";

/** Lets a one-shot rule that fired fire again. Where it is armed already, nothing changes. Throws `not_found`. */
export async function rearmRule(ctx: Ctx, id: string): Promise<AlertRule> {
  const told = await ctx.transact(async (tx) => {
    const before = await lockRule(tx, ctx, id);
    if (before.armed) return null;
    const after = await byHand.rearmRule(tx, ctx, id);
    await recordAudit(tx, ctx, {
      action: "alert_rule.rearmed",
      target: { type: "alert_rule", id },
      before: { armed: false },
      after: { armed: true },
    });
    return after;
  });
  const row = await findRule(ctx, id);
  if (told !== null) {
    afterCommit(ctx, told);
    if (row.enabled) wakeAlerts(ctx, ...enginesOf(row));
  }
  return showRule(ctx, row);
}
