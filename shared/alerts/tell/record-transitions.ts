import type { AlertRuleFields, AlertState, TransitionReason } from "../../contracts/alerts.ts";
import type { UserEventInput } from "../../contracts/user-room.ts";
import type { Tx } from "../../db/transaction.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { recordMessage } from "../../webhooks/record-message.ts";
import { type AlertRow, toAlert } from "../alert-row.ts";
import { matchSilences } from "../silences/match-silences.ts";
import { type CurrentSilence, readSilences } from "../silences/read-silences.ts";
import { userEngine } from "../wake-alerts.ts";

/** A transition that was just written, with all that telling needs to know of it. */
export interface RecordedTransition {
  /** As it is after the transition. */
  alert: AlertRow;
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
  /** Ids of notifications that were made at once. */
  notifications: string[];
}

/** What there is to do after a transaction that told nothing. */
export const NOTHING_TOLD: AfterCommit = { events: [], webhooks: [], engines: [], notifications: [] };

const EVENTS = { active: "fired", acknowledged: "acknowledged", resolved: "resolved" } as const;

/**
 * Writes what alerts' transitions tell, in their transaction: messages to webhooks, and what devices are shown. What never
 * fired is told to nobody. Recording the same again adds nothing.
 */
export async function recordTransitions(
  tx: Pick<Tx, "execute" | "select">,
  ctx: Pick<Ctx, "now">,
  items: readonly RecordedTransition[],
): Promise<AfterCommit> {
  const silences = await silencesOf(tx, ctx.now(), items);
  const silenced_by = ({ alert }: RecordedTransition) =>
    matchSilences(silences.get(alert.user_id) ?? [], alert);
  const webhooks = new Set<string>();
  const engines = new Set<string>();
  for (const item of items) {
    const { alert, transition } = item;
    if (transition.to === "pending" || alert.fired_at === null) continue;
    engines.add(userEngine(alert.user_id));
    if (silenced_by(item).length > 0) continue;
    const takers = await recordMessage(tx, ctx, {
      type: `alert.${EVENTS[transition.to]}`,
      id: messageId(alert.id, EVENTS[transition.to]),
      user_id: alert.user_id,
      collection: alert.labels.collection ?? null,
      data: { ...alertData(alert), state: transition.to },
      occurred_at: transition.at,
    });
    for (const id of takers) webhooks.add(id);
  }
  const events = items.map((item) => alertEvent(item, silenced_by(item)));
  return { ...NOTHING_TOLD, events, webhooks: [...webhooks], engines: [...engines] };
}

async function silencesOf(
  tx: Pick<Tx, "select">,
  now: number,
  items: readonly RecordedTransition[],
): Promise<Map<string, CurrentSilence[]>> {
  const found = new Map<string, CurrentSilence[]>();
  for (const user_id of new Set(items.map(({ alert }) => alert.user_id)))
    found.set(user_id, await readSilences(tx, user_id, now));
  return found;
}

function alertEvent({ alert, transition }: RecordedTransition, silenced_by: string[]) {
  const event = {
    kind: "alert" as const,
    id: `${alert.id}:${transition.number}`,
    at: transition.at,
    data: toAlert(alert, { silenced_by }),
  };
  return { user_id: alert.user_id, event };
}

/** An alert is told of each state once. */
const messageId = (alert_id: string, event: string) => `msg_${alert_id}_${event}`;

function alertData(row: AlertRow) {
  const alert = toAlert(row, { silenced_by: [] });
  const { id, rule_id, name, level, metric, labels, value, threshold, message } = alert;
  const { started_at, fired_at, acknowledged_at, comment, resolved_at } = alert;
  return {
    ...{ id, rule_id, name, level, metric, labels, value, threshold, message },
    ...{ started_at, fired_at, acknowledged_at, comment, resolved_at },
  };
}
