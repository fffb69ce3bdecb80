import { findMetric, subjectOf } from "../../../shared/alerts/catalogue.ts";
import { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import type { Db } from "../../../shared/db/client.ts";
import { alert_rules } from "../../../shared/db/schema/index.ts";

let made = 0;

/** A rule's fields; name only what the test is about. By default, a floor below 40 ETH. */
export function ruleFields(partial: Partial<Record<keyof AlertRuleFields, unknown>> = {}): AlertRuleFields {
  return AlertRuleFields.parse({
    name: "Floor below 40",
    metric: "market.floor",
    labels: { collection: "punks" },
    operator: "<",
    threshold: "40",
    ...partial,
  });
}

/** A rule as the API would make it, enabled at `at` (ISO 8601). */
export async function insertRule(
  db: Db,
  {
    user_id,
    at,
    ...partial
  }: { user_id: string; at: string } & Partial<Record<keyof AlertRuleFields, unknown>>,
): Promise<string> {
  made += 1;
  const id = `rul_${process.pid}_${String(made).padStart(5, "0")}`;
  const fields = ruleFields(partial);
  const definition = findMetric(fields.metric);
  await db.insert(alert_rules).values({
    id,
    user_id,
    metric: fields.metric,
    subject: definition === undefined ? "*" : subjectOf(definition, fields.labels),
    fields,
    enabled: true,
    enabled_at: at,
    expires_at: fields.expires_at,
    created_at: at,
    updated_at: at,
  });
  return id;
}
