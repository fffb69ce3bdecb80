import type { LoadedRule } from "../commit/changes.ts";
import type { RuleError } from "../commit/write-errors.ts";
import type { PlannedGroup } from "./plan-groups.ts";

/** What an error begins with that is of one of a rule's series; empty where the rule has only one. */
function seriesOf({ fields }: Pick<LoadedRule, "fields">, labels: Record<string, string>): string {
  const names = Object.keys(labels);
  if (names.length === Object.keys(fields.labels).length) return "";
  return `[${names.map((name) => `${name} ${labels[name]}`).join(", ")}] `;
}

/**
 * What becomes of rules' errors. One on a single series of many stays until that can be read again: another that can be
 * read does not end it, and its owner is not told anew each time.
 */
export function errorsOf(ran: readonly { plan: PlannedGroup; error: string | null }[]): RuleError[] {
  const found = new Map<LoadedRule, string | null>();
  for (const { plan, error } of ran)
    for (const { rule } of plan.instances) {
      const known = found.has(rule) ? (found.get(rule) ?? null) : rule.error;
      const series = seriesOf(rule, plan.stream.labels);
      const another = known?.startsWith("[") === true && series !== "" && !known.startsWith(series);
      if (!another) found.set(rule, error === null ? null : `${series}${error}`);
    }
  return [...found].flatMap(([rule, error]) => (error === rule.error ? [] : [{ rule, error }]));
}
