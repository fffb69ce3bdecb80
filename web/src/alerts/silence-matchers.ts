import type { Alert } from "../../../shared/contracts/alerts.ts";

/** What a silence must match to mean this alert, and what its rule raises for the same series later. */
export function matchersFor({ rule_id, labels }: Pick<Alert, "rule_id" | "labels">) {
  return [
    { label: "rule", operator: "=", value: rule_id },
    ...Object.entries(labels).map(([label, value]) => ({ label, operator: "=", value })),
  ];
}
