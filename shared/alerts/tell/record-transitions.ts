import type { AlertRuleFields, AlertState, TransitionReason } from "../../contracts/alerts.ts";
import type { UserEventInput } from "../../contracts/user-room.ts";
import type { Tx } from "../../db/transaction.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { recordMessage } from "../../webhooks/record-message.ts";
import { type AlertRow, toAlert } from "../alert-row.ts";
import { matchSilences } from "../silences/match-silences.ts";
import { type CurrentSilence, readSilences } from "../silences/read-silences.ts";
import { userEngine } from "../wake-alerts.ts";
import { alertMessage } from "./alert-message.ts";
import { joinGroups, leaveEscalation, readUntold } from "./join-groups.ts";

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

/**
 * Writes what alerts' transitions tell, in their transaction: messages to webhooks, groups of notifications, and what
 * devices are shown. What never fired is told to nobody. Recording the same again adds nothing.
 */
export async function recordTransitions(
  tx: Pick<Tx, "execute" | "select" | "insert" | "update">,
  ctx: Pick<Ctx, "now">,
  items: readonly RecordedTransition[],
): Promise<AfterCommit> {
  const silences = await silencesOf(tx, ctx.now(), items);
  const silenced_by = ({ alert }: RecordedTransition) =>
    matchSilences(silences.get(alert.user_id) ?? [], alert);
  const told = items.filter(
    ({ alert, transition }) => transition.to !== "pending" && alert.fired_at !== null,
  );
  const fired = told.flatMap((item) =>
    item.transition.to === "active" && item.fields !== null
      ? [{ alert: item.alert, fields: item.fields, silenced: silenced_by(item).length > 0 }]
      : [],
  );
  if (fired.length > 0) await joinGroups(tx, fired, ctx.now());
  const settled = told.filter(({ transition }) => transition.to !== "active");
  await leaveEscalation(
    tx,
    {
      settled: settled.map(({ alert }) => alert.id),
      resolved: settled.flatMap(({ alert, transition }) => (transition.to === "resolved" ? [alert.id] : [])),
    },
    ctx.now(),
  );
  const untold = await readUntold(
    tx,
    told.map(({ alert }) => alert.id),
  );
  const webhooks = new Set<string>();
  for (const { alert, transition } of told) {
    if (transition.to === "pending" || untold.has(alert.id)) continue;
    for (const id of await recordMessage(tx, ctx, alertMessage(alert, transition.to, transition.at)))
      webhooks.add(id);
  }
  const events = items.map((item) => alertEvent(item, silenced_by(item)));
  const engines = new Set(told.map(({ alert }) => userEngine(alert.user_id)));
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
