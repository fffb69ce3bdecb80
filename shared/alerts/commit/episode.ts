import { parseDuration } from "../../contracts/duration.ts";
import { isoTime } from "../../platform/clock.ts";
import { newId } from "../../platform/ids.ts";
import type { AlertRow } from "../alert-row.ts";
import type { InstanceState, Transition } from "../engine/types.ts";
import type { RecordedTransition } from "../tell/record-transitions.ts";
import { type ByHand, type LoadedRule, MovedError } from "./changes.ts";

/** What becomes of the alerts of one rule and series, to be written. */
export interface Episode {
  /** Every alert that was made or changed, as it is in the end. */
  rows: AlertRow[];
  items: RecordedTransition[];
  /** The alert that stands at the end. */
  alert_id: string | null;
}

interface Instance {
  rule: Pick<LoadedRule, "id" | "user_id" | "fields">;
  fingerprint: string;
  labels: Record<string, string>;
  state: Pick<InstanceState, "health" | "flapping">;
}

/** As Postgres writes a `timestamptz`, so that rows made here read like those that were read. */
const timestamp = (ms: number) => isoTime(ms).replace("T", " ").replace("Z", "+00");

/**
 * Carries transitions into the alerts of a rule and series: pure. `standing` is the alert that stands before, and how many
 * transitions it has. `message` says in words what happened at a transition.
 * @throws MovedError where the alert that stands is not in the state that the transitions begin with.
 */
export function applyTransitions(
  instance: Instance,
  standing: { row: AlertRow; transitions: number } | null,
  transitions: readonly Transition[],
  told: { now: number; message: (transition: Transition) => string; by?: ByHand },
): Episode {
  const rows = new Map<string, AlertRow>();
  const items: RecordedTransition[] = [];
  let current = standing;
  for (const transition of transitions) {
    if ((current?.row.state ?? null) !== transition.from) throw new MovedError("an alert");
    const before = current ?? { row: begin(instance, transition, told.now), transitions: 0 };
    const changed = changeBy(instance, transition, told);
    const row = { ...before.row, ...changed, revision: before.row.revision + 1 };
    const number = before.transitions + 1;
    rows.set(row.id, row);
    const by = told.by ?? { actor: null, comment: null };
    items.push({
      alert: row,
      fields: instance.rule.fields,
      transition: { number, ...transition, at: isoTime(transition.at), ...by },
    });
    current = row.state === "resolved" ? null : { row, transitions: number };
  }
  if (current !== null && !isUpToDate(current.row, instance.state)) {
    const { health, flapping } = instance.state;
    const revision = current.row.revision + 1;
    const updated_at = timestamp(told.now);
    rows.set(current.row.id, { ...current.row, health, flapping, revision, updated_at });
  }
  return { rows: [...rows.values()], items, alert_id: current?.row.id ?? null };
}

/** How the metric can be read, and whether the alert comes and goes, may change while it stands. */
export function isUpToDate(row: Instance["state"], { health, flapping }: Instance["state"]): boolean {
  return row.health === health && row.flapping === flapping;
}

function begin({ rule, fingerprint, labels, state }: Instance, { at }: Transition, now: number): AlertRow {
  const { fields } = rule;
  return {
    id: newId("alr", now),
    rule_id: rule.id,
    user_id: rule.user_id,
    fingerprint,
    labels,
    name: fields.name,
    metric: fields.metric,
    level: fields.level,
    condition: fields.condition,
    operator: fields.operator,
    threshold: fields.threshold,
    state: "pending",
    health: state.health,
    value: null,
    message: "",
    started_at: timestamp(at),
    fired_at: null,
    resolved_at: null,
    resolved_reason: null,
    acknowledged_at: null,
    acknowledged_by: null,
    comment: null,
    flapping: state.flapping,
    escalate_at: null,
    escalated_at: null,
    revision: 0,
    created_at: timestamp(now),
    updated_at: timestamp(now),
  };
}

function changeBy(
  { rule, state }: Instance,
  transition: Transition,
  { now, message, by }: Parameters<typeof applyTransitions>[3],
): Partial<AlertRow> {
  const { to, at, value, reason } = transition;
  const { health, flapping } = state;
  const common = { state: to, value, health, flapping, updated_at: timestamp(now) };
  switch (to) {
    case "pending":
      return { ...common, message: message(transition) };
    case "active": {
      const after = rule.fields.escalation && parseDuration(rule.fields.escalation.after);
      const escalate_at = after === null ? null : timestamp(now + after);
      return { ...common, message: message(transition), fired_at: timestamp(at), escalate_at };
    }
    case "acknowledged":
      return {
        ...common,
        acknowledged_at: timestamp(now),
        acknowledged_by: by?.actor ?? null,
        comment: by?.comment ?? null,
        escalate_at: null,
      };
    case "resolved":
      return {
        ...common,
        resolved_at: timestamp(at),
        resolved_reason: reason,
        escalate_at: null,
        ...(by?.comment != null && { comment: by.comment }),
      };
  }
}
