import { isoOfTimestamp } from "../../db/instant.ts";
import type { NewMessage } from "../../webhooks/record-message.ts";
import { type AlertRow, toAlert } from "../alert-row.ts";

const EVENTS = { active: "fired", acknowledged: "acknowledged", resolved: "resolved" } as const;
/** An alert that is told later than this is news no more: it is dropped, and logged as such. */
const WORTHLESS_AFTER_MS = 6 * 3_600_000;

/** The message to webhooks of an alert that came to a state; the same for the same, so that it is told once. */
export function alertMessage(
  row: AlertRow,
  state: keyof typeof EVENTS,
  at = row.fired_at === null ? row.updated_at : isoOfTimestamp(row.fired_at),
): NewMessage {
  const alert = toAlert(row, { silenced_by: [] });
  const { id, rule_id, name, level, metric, labels, value, threshold, message } = alert;
  const { started_at, fired_at, acknowledged_at, comment, resolved_at } = alert;
  const expires_at =
    state === "active" ? new Date(Date.parse(alert.updated_at) + WORTHLESS_AFTER_MS).toISOString() : null;
  return {
    type: `alert.${EVENTS[state]}`,
    id: `msg_${id}_${EVENTS[state]}`,
    user_id: row.user_id,
    collection: labels.collection ?? null,
    occurred_at: at,
    expires_at,
    data: {
      ...{ id, rule_id, name, state, level, metric, labels, value, threshold, message },
      ...{ started_at, fired_at, acknowledged_at, comment, resolved_at },
    },
  };
}
