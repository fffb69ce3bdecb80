import { type Alert, TransitionReason } from "../contracts/alerts.ts";
import { isoOfTimestamp } from "../db/instant.ts";
import type { alerts } from "../db/schema/index.ts";

export type AlertRow = typeof alerts.$inferSelect;

const time = (column: string | null) => (column === null ? null : isoOfTimestamp(column));

/** An alert as its owner sees it; `silenced_by` are the ids that `matchSilences` gives for it now. */
export function toAlert(row: AlertRow, { silenced_by }: { silenced_by: string[] }): Alert {
  return {
    id: row.id,
    rule_id: row.rule_id,
    name: row.name,
    metric: row.metric,
    labels: row.labels,
    level: row.level,
    state: row.state,
    health: row.health,
    condition: row.condition,
    operator: row.operator,
    threshold: row.threshold,
    value: row.value,
    message: row.message,
    started_at: isoOfTimestamp(row.started_at),
    fired_at: time(row.fired_at),
    resolved_at: time(row.resolved_at),
    resolved_reason: TransitionReason.nullable().parse(row.resolved_reason),
    acknowledged_at: time(row.acknowledged_at),
    acknowledged_by: row.acknowledged_by,
    comment: row.comment,
    silenced_by,
    flapping: row.flapping,
    escalated_at: time(row.escalated_at),
    revision: row.revision,
    updated_at: isoOfTimestamp(row.updated_at),
  };
}
