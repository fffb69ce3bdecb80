import { readAccess } from "../../auth/permissions/read-access.ts";
import type { Permission } from "../../contracts/access.ts";
import { METRICS } from "../catalogue.ts";
import { disableRule } from "../commit/by-hand.ts";
import { writeErrors } from "../commit/write-errors.ts";
import { afterCommit } from "../tell/after-commit.ts";
import type { EvaluateCtx } from "./evaluate-source.ts";
import { loadRules } from "./load-rules.ts";

const NEEDED: Permission = "monitoring:read";
const WHY = `You may not look at the platform's metrics any more (${NEEDED}), so this rule was turned off.`;
const PLATFORM_METRICS = METRICS.flatMap(({ name, owner }) => (owner === "platform" ? [name] : []));

/**
 * Turns off the rules on the platform's metrics of those who may not look at them any more: what they raised resolves, and
 * each owner is told why. An account's permissions may change at any time, so each run looks again.
 */
export async function endForbiddenRules(ctx: EvaluateCtx): Promise<void> {
  const { rules, broken } = await loadRules(ctx.db, {
    metrics: PLATFORM_METRICS,
    subject: null,
    user_id: null,
  });
  const byOwner = Map.groupBy([...rules, ...broken], ({ user_id }) => user_id);
  for (const [user_id, own] of byOwner) {
    const access = await readAccess(ctx.db, user_id);
    if (access === null || access.permissions.includes(NEEDED)) continue;
    for (const rule of own) {
      const after = await ctx.transact(async (tx) => {
        const told = await disableRule(tx, ctx, { rule_id: rule.id });
        const notifications = await writeErrors(tx, ctx, [{ rule: { ...rule, error: null }, error: WHY }]);
        return { ...told, notifications: [...told.notifications, ...notifications] };
      });
      afterCommit(ctx, after);
    }
  }
}
