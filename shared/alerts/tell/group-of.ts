import type { AlertRuleFields } from "../../contracts/alerts.ts";
import { parseDuration } from "../../contracts/duration.ts";
import type { NotificationChannel } from "../../contracts/notifications.ts";
import type { AlertRow } from "../alert-row.ts";

/** What alerts have in common that are told together; waits in ms. */
export interface Group {
  key: string;
  channels: NotificationChannel[] | null;
  group_wait_ms: number;
  group_interval_ms: number;
  repeat_interval_ms: number;
}

function groupValue(alert: Pick<AlertRow, "rule_id" | "metric" | "level" | "labels">, name: string): string {
  if (name === "rule") return alert.rule_id;
  if (name === "metric" || name === "level") return alert[name];
  return Object.hasOwn(alert.labels, name) ? (alert.labels[name] ?? "") : "";
}

/** Which group of its owner's an alert is told with: the same `group_by` values, channels and waits. */
export function groupOf(
  alert: Pick<AlertRow, "rule_id" | "metric" | "level" | "labels">,
  fields: Pick<
    AlertRuleFields,
    "group_by" | "channels" | "group_wait" | "group_interval" | "repeat_interval"
  >,
): Group {
  const { group_by, group_wait, group_interval, repeat_interval } = fields;
  const channels = fields.channels === null ? null : [...new Set(fields.channels)].sort();
  const values = [...new Set(group_by)].sort().map((name) => [name, groupValue(alert, name)]);
  return {
    key: JSON.stringify([values, channels, group_wait, group_interval, repeat_interval]),
    channels,
    group_wait_ms: parseDuration(group_wait) ?? 0,
    group_interval_ms: parseDuration(group_interval) ?? 0,
    repeat_interval_ms: parseDuration(repeat_interval) ?? 0,
  };
}
