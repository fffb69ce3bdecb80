import type { AlertRuleFields, AlertState, TransitionReason } from "../../contracts/alerts.ts";
import type { UserEventInput } from "../../contracts/user-room.ts";
import type { Tx } from "../../db/transaction.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { type AlertRow, toAlert } from "../alert-row.ts";
import { matchSilences } from "../silences/match-silences.ts";
import { readSilencesOf } from "../silences/read-silences.ts";
import { userEngine } from "../wake-alerts.ts";
import { joinGroups, readSilenced } from "./join-groups.ts";
import { type Happened, tellWebhooks } from "./tell-webhooks.ts";

/** A transition that was just written, with all that telling needs to know of it. */
export interface RecordedTransition {
  /** As it is after the transition. */
  alert: AlertRow;
  /** Of its rule: how it is told. */
  fields: AlertRuleFields;
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
 * devices are shown. What never fired is told to nobody; webhooks are not told of what a silence held back when it fired,
 * until that ends. Recording the same again adds nothing.
 */
export async function recordTransitions(
  tx: Pick<Tx, "execute" | "select">,
  ctx: Pick<Ctx, "now">,
  items: readonly RecordedTransition[],
): Promise<AfterCommit> {
  // Of all owners together: an event may fire the rules of thousands.
  const owners = new Set(items.map(({ alert }) => alert.user_id));
  const silences = await readSilencesOf(tx, [...owners], ctx.now());
  const silencedBy = (alert: AlertRow) => matchSilences(silences.get(alert.user_id) ?? [], alert);
  const told = items.filter(({ alert }) => alert.fired_at !== null);
  const fired = told
    .filter(({ transition }) => transition.to === "active")
    .map(({ alert, fields }) => ({ alert, fields, silenced: silencedBy(alert).length > 0 }));
  const resolved = told.filter(({ transition }) => transition.to === "resolved").map(({ alert }) => alert);
  await joinGroups(tx, { fired, resolved }, ctx.now());
  const webhooks = await tellWebhooks(tx, ctx, await heardOf(tx, told));
  const events = items.map((item) => alertEvent(item, silencedBy(item.alert)));
  const engines = new Set(told.map(({ alert }) => userEngine(alert.user_id)));
  return { ...NOTHING_TOLD, events, webhooks, engines: [...engines] };
}

/** What webhooks are told of: to who heard nothing of its firing, nothing else of it means anything. */
async function heardOf(tx: Pick<Tx, "execute">, told: readonly RecordedTransition[]): Promise<Happened[]> {
  const silenced = await readSilenced(
    tx,
    told.map(({ alert }) => alert.id),
  );
  return told.flatMap(({ alert, transition: { to, at } }) =>
    to === "pending" || silenced.has(alert.id) ? [] : [{ alert, state: to, at }],
  );
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
