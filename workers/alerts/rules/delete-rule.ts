import { eq } from "drizzle-orm";
import { resetRule } from "../../../shared/alerts/commit/by-hand.ts";
import { fieldsOf } from "../../../shared/alerts/rule-row.ts";
import { afterCommit } from "../../../shared/alerts/tell/after-commit.ts";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { alert_rules } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { lockRule } from "./rule-store.ts";

/** Removes a rule: what it raised resolves, and stays among the alerts. Throws `not_found`. */
export async function deleteRule(ctx: Ctx, id: string): Promise<void> {
  const told = await ctx.transact(async (tx) => {
    const before = await lockRule(tx, ctx, id);
    const by = { actor: ownerOf(ctx), comment: null };
    const after = await resetRule(tx, ctx, { rule_id: id, reason: "rule_deleted", by });
    await tx.delete(alert_rules).where(eq(alert_rules.id, id));
    await recordAudit(tx, ctx, {
      action: "alert_rule.deleted",
      target: { type: "alert_rule", id },
      before: fieldsOf(before),
    });
    return after;
  });
  afterCommit(ctx, told);
}
