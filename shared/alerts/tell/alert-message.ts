import { isoOfTimestamp } from "../../db/instant.ts";
import { isoTime } from "../../platform/clock.ts";
import type { NewMessage } from "../../webhooks/record-message.ts";
import { type AlertRow, toAlert } from "../alert-row.ts";

const EVENTS = { active: "fired", acknowledged: "acknowledged", resolved: "resolved" } as const;
/** That an alert fired is news no more this long after it was to be told: it is dropped, and logged as such. */
const WORTHLESS_AFTER_MS = 6 * 3_600_000;

/**
 * The message to webhooks of an alert that came to a state; its id is the same for the same, so that it is told once.
 * `at` is when it came to be so, by default when it fired; `now`, in ms since 1970, when it is told.
 */
export function alertMessage(
  row: AlertRow,
  {
    state,
    now,
    at = isoOfTimestamp(row.fired_at ?? row.started_at),
  }: { state: keyof typeof EVENTS; now: number; at?: string },
): NewMessage {
  const alert = toAlert(row, { silenced_by: [] });
  const { id, rule_id, name, level, metric, labels, value, threshold, message } = alert;
  const { started_at, fired_at, acknowledged_at, comment, resolved_at, resolved_reason } = alert;
  return {
    type: `alert.${EVENTS[state]}`,
    id: `msg_${id}_${EVENTS[state]}`,
    user_id: row.user_id,
    collection: labels.collection ?? null,
    occurred_at: at,
    expires_at: state === "active" ? isoTime(now + WORTHLESS_AFTER_MS) : null,
    data: {
      ...{ id, rule_id, name, state, level, metric, labels, value, threshold, message },
      ...{ started_at, fired_at, acknowledged_at, comment, resolved_at, resolved_reason },
    },
  };
}
