import { eq } from "drizzle-orm";
import { resetRule } from "../../../shared/alerts/commit/by-hand.ts";
import { fieldsOf, type RuleRow } from "../../../shared/alerts/rule-row.ts";
import { afterCommit } from "../../../shared/alerts/tell/after-commit.ts";
import { type AfterCommit, NOTHING_TOLD } from "../../../shared/alerts/tell/record-transitions.ts";
import { wakeAlerts } from "../../../shared/alerts/wake-alerts.ts";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import type { AlertRule, AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { alert_rules } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { type ExpectedTags, expectRevision } from "../../../shared/platform/http/if-match.ts";
import { checkExpiry, checkFields } from "./check-fields.ts";
import { type Differences, differences } from "./differences.ts";
import { columnsOf, enginesOf, lockRule, showRule, theRow } from "./rule-store.ts";

export interface Edit {
  /** What the audit log calls it. */
  action: string;
  /** The revision that it was made from; `undefined`: whatever it is now. */
  expected?: ExpectedTags;
  /** What the fields become; may throw. */
  change(before: AlertRuleFields): AlertRuleFields;
}

/**
 * Changes a rule. Where it looks for something else then, or is turned off, what it raised resolves; it sees what comes
 * from now on. What changes nothing leaves the revision as it is.
 * @throws `not_found`, `stale_edit`, `invalid_request` for fields that do not belong together, `forbidden` for a metric
 * that is not for the caller.
 */
export async function editRule(ctx: Ctx, id: string, edit: Edit): Promise<AlertRule> {
  const { row, told, changed } = await ctx.transact(async (tx) => {
    const before = await lockRule(tx, ctx, id);
    expectRevision(edit.expected, before);
    const fields = fieldsOf(before);
    const wanted = edit.change(fields);
    const found = differences(fields, wanted);
    if (found.names.length === 0) return { row: before, told: NOTHING_TOLD, changed: false };
    await check(tx, ctx, wanted, found);
    const told = await endStanding(tx, ctx, before, wanted, found);
    const row = theRow(
      await tx
        .update(alert_rules)
        .set(columns(ctx, before, wanted, found))
        .where(eq(alert_rules.id, id))
        .returning(),
    );
    await recordAudit(tx, ctx, {
      action: edit.action,
      target: { type: "alert_rule", id },
      before: found.before,
      after: found.after,
    });
    return { row, told, changed: true };
  });
  if (changed) {
    afterCommit(ctx, told);
    if (row.enabled) wakeAlerts(ctx, ...enginesOf(row));
  }
  return showRule(ctx, row);
}

/** Whoever may not make such a rule any more may still turn it off. */
async function check(tx: Tx, ctx: Ctx, wanted: AlertRuleFields, { names }: Differences): Promise<void> {
  if (names.length === 1 && names[0] === "enabled" && !wanted.enabled) return;
  await checkFields(tx, ctx.actor, wanted);
  if (names.includes("expires_at")) checkExpiry(wanted.expires_at, ctx.now());
}

/** Resolves what a rule raised, by the fields that told of it, where the change ends it. */
async function endStanding(
  tx: Tx,
  ctx: Ctx,
  before: RuleRow,
  wanted: AlertRuleFields,
  { another_rule }: Differences,
): Promise<AfterCommit> {
  if (!before.enabled || (wanted.enabled && !another_rule)) return NOTHING_TOLD;
  const reason = wanted.enabled ? "rule_changed" : "rule_disabled";
  const by = { actor: ownerOf(ctx), comment: null };
  return resetRule(tx, ctx, { rule_id: before.id, reason, by });
}

function columns(ctx: Ctx, before: RuleRow, wanted: AlertRuleFields, { another_rule }: Differences) {
  const at = isoTime(ctx.now());
  const begins = wanted.enabled && (another_rule || !before.enabled);
  const anew = another_rule || wanted.enabled !== before.enabled;
  return {
    ...columnsOf(wanted),
    ...(begins && { enabled_at: at }),
    ...(another_rule && { armed: true }),
    ...(anew && { error: null, error_since: null }),
    revision: before.revision + 1,
    updated_at: at,
  };
}
