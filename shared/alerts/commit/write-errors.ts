import { eq } from "drizzle-orm";
import { alert_rules } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { notify } from "../../notifications/notify.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import type { RuleHead } from "./changes.ts";

export interface RuleError {
  rule: RuleHead;
  /** Why it cannot be evaluated, for its owner; `null`: it can again. */
  error: string | null;
}

/**
 * Notes which rules cannot be evaluated, and tells the owner of each once, until it could be again.
 * @returns ids of the notifications that were made.
 */
export async function writeErrors(
  tx: Pick<Tx, "update" | "select" | "insert" | "execute">,
  ctx: Pick<Ctx, "now">,
  errors: readonly RuleError[],
): Promise<string[]> {
  const at = isoTime(ctx.now());
  const made: string[] = [];
  for (const { rule, error } of errors) {
    const error_since = error === null ? null : at;
    await tx
      .update(alert_rules)
      .set({ error, ...(rule.error === null || error === null ? { error_since } : {}) })
      .where(eq(alert_rules.id, rule.id));
    if (error === null || rule.error !== null) continue;
    const id = await notify(tx, ctx, {
      user_id: rule.user_id,
      kind: "alert.rule_failed",
      level: "warning",
      title: `The alert rule "${rule.name}" cannot be evaluated`,
      body: error,
      cause: `alert_rule:${rule.id}:failed:${at}`,
      data: { rule_id: rule.id, metric: rule.metric },
    });
    if (id !== null) made.push(id);
  }
  return made;
}
