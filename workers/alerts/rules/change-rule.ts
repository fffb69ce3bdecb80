import type { AlertRule } from "../../../shared/contracts/alerts.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { ExpectedTags } from "../../../shared/platform/http/if-match.ts";
import { editRule } from "./edit-rule.ts";
import type { ChangeRuleRequest } from "./schema.ts";

/** Changes parts of a rule; what is left out stays. `expected` is the revision that the change was made from. */
export function changeRule(
  ctx: Ctx,
  id: string,
  wanted: ChangeRuleRequest,
  expected: ExpectedTags,
): Promise<AlertRule> {
  return editRule(ctx, id, {
    action: "alert_rule.changed",
    expected,
    change: (before) => ({ ...before, ...wanted }),
  });
}

/**
 * Turns a rule on: it sees what comes from now on. Again does no harm.
 * @throws `conflict` for one that has expired.
 */
export function enableRule(ctx: Ctx, id: string): Promise<AlertRule> {
  return editRule(ctx, id, {
    action: "alert_rule.enabled",
    change(before) {
      const { expires_at, enabled } = before;
      if (!enabled && expires_at !== null && Date.parse(expires_at) <= ctx.now())
        throw new AppError(
          "conflict",
          `This rule expired at ${expires_at}; give it a later expires_at, or null, first.`,
        );
      return { ...before, enabled: true };
    },
  });
}

/** Turns a rule off: what it raised resolves. Again does no harm. */
export function disableRule(ctx: Ctx, id: string): Promise<AlertRule> {
  return editRule(ctx, id, {
    action: "alert_rule.disabled",
    change: (before) => ({ ...before, enabled: false }),
  });
}
