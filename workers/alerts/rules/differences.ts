import { canonicalLabels } from "../../../shared/alerts/catalogue.ts";
import type { AlertRuleFields } from "../../../shared/contracts/alerts.ts";

/** Fields that say how an alert is told, not when there is one. What stands goes on when only they change. */
const TELLING = new Set<string>([
  "name",
  "description",
  "message",
  "channels",
  "level",
  "group_by",
  "group_wait",
  "group_interval",
  "repeat_interval",
  "escalation",
  "enabled",
] satisfies (keyof AlertRuleFields)[]);

export interface Differences {
  names: string[];
  /** Whether what the rule found until now is none of what it looks for any more. */
  another_rule: boolean;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** The fields as text that is the same for the same; the database keeps labels in an order of its own. */
function textsOf(fields: AlertRuleFields): Map<string, string> {
  const comparable = { ...fields, labels: canonicalLabels(fields.labels) };
  return new Map(Object.entries(comparable).map(([name, value]) => [name, JSON.stringify(value)]));
}

/** What a change of a rule's fields really changes. */
export function differences(before: AlertRuleFields, after: AlertRuleFields): Differences {
  const was = textsOf(before);
  const names = [...textsOf(after)].filter(([name, text]) => was.get(name) !== text).map(([name]) => name);
  const only = (fields: AlertRuleFields) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)));
  return {
    names,
    another_rule: names.some((name) => !TELLING.has(name)),
    before: only(before),
    after: only(after),
  };
}
