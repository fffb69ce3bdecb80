import { type SQL, sql } from "drizzle-orm";
import { type AlertRule, AlertRuleFields } from "../contracts/alerts.ts";
import { isoOfTimestamp } from "../db/instant.ts";
import type { alert_rules } from "../db/schema/index.ts";

export type RuleRow = typeof alert_rules.$inferSelect;

/** How many of a rule's alerts stand, by state. */
export type RuleStates = AlertRule["states"];
export const NO_STATES: RuleStates = { pending: 0, active: 0, acknowledged: 0 };

/**
 * Holds for rules that are to be evaluated: turned on, and of somebody who may log in. `r` and `u` are the aliases of
 * `alert_rules` and `users`, joined by `r.user_id = u.id`. What belongs to a suspended account raises nothing and tells
 * nobody; its rules go on when the account does.
 */
export const EVALUATED: SQL = sql`r.enabled and u.status = 'active'`;

/**
 * What the owner wrote, as it is kept; whether it is on is said by the row.
 * @throws ZodError where the stored text is none of ours.
 */
export function fieldsOf(row: Pick<RuleRow, "fields" | "enabled">): AlertRuleFields {
  return { ...AlertRuleFields.parse(row.fields), enabled: row.enabled };
}

/** A rule as its owner sees it. */
export function toRule(row: RuleRow, states: RuleStates = NO_STATES): AlertRule {
  return {
    ...fieldsOf(row),
    id: row.id,
    armed: row.armed,
    built_in: row.built_in !== null,
    states,
    error: row.error,
    last_fired_at: row.last_fired_at === null ? null : isoOfTimestamp(row.last_fired_at),
    revision: row.revision,
    created_at: isoOfTimestamp(row.created_at),
    updated_at: isoOfTimestamp(row.updated_at),
  };
}
