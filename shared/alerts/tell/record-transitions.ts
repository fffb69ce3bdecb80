import type { AlertRuleFields, AlertState, TransitionReason } from "../../contracts/alerts.ts";
import type { UserEventInput } from "../../contracts/user-room.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import type { alerts } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { recordMessage } from "../../webhooks/record-message.ts";

/** A transition that was just written, with all that telling needs to know of it. */
export interface RecordedTransition {
  /** As it is after the transition. */
  alert: typeof alerts.$inferSelect;
  /** How its rule is to be told; `null` where the rule goes with this transition. */
  fields: AlertRuleFields | null;
  transition: {
    number: number;
    from: AlertState | null;
    to: AlertState;
    /** ISO 8601, by the clock of what was measured. */
    at: string;
    value: string | null;
    reason: TransitionReason;
    /** User id, where somebody did it by hand. */
    actor: string | null;
    comment: string | null;
  };
}

/** What is left to do once the transaction is committed; hand it to `afterCommit`. */
export interface AfterCommit {
  events: { user_id: string; event: UserEventInput }[];
  /** Endpoints that have something due. */
  webhooks: string[];
  /** Engines of users who are to be told. */
  engines: string[];
}

const EVENTS = { active: "fired", acknowledged: "acknowledged", resolved: "resolved" } as const;

/**
 * Writes what an alert's transitions tell, in their transaction: messages to webhooks. What never fired is told to nobody.
 * Recording the same again adds nothing.
 */
export async function recordTransitions(
  tx: Pick<Tx, "execute">,
  ctx: Pick<Ctx, "now">,
  items: readonly RecordedTransition[],
): Promise<AfterCommit> {
  const webhooks = new Set<string>();
  for (const { alert, transition } of items) {
    if (transition.to === "pending" || alert.fired_at === null) continue;
    const type = `alert.${EVENTS[transition.to]}`;
    const takers = await recordMessage(tx, ctx, {
      type,
      id: messageId(alert.id, EVENTS[transition.to]),
      user_id: alert.user_id,
      collection: alert.labels.collection ?? null,
      data: { ...alertData(alert), state: transition.to },
      occurred_at: transition.at,
    });
    for (const id of takers) webhooks.add(id);
  }
  return { events: [], webhooks: [...webhooks], engines: [] };
}

/** An alert is told of each state once. */
const messageId = (alert_id: string, event: string) => `msg_${alert_id}_${event}`;

const iso = (time: string | null) => (time === null ? null : isoOfTimestamp(time));

function alertData(alert: RecordedTransition["alert"]) {
  const { id, rule_id, name, level, metric, labels, value, threshold, message, comment } = alert;
  return {
    ...{ id, rule_id, name, level, metric, labels, value, threshold, message, comment },
    started_at: isoOfTimestamp(alert.started_at),
    fired_at: iso(alert.fired_at),
    acknowledged_at: iso(alert.acknowledged_at),
    resolved_at: iso(alert.resolved_at),
  };
}
