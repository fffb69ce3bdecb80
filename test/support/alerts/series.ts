import type { z } from "zod";
import { specOf } from "../../../shared/alerts/engine/rule-spec.ts";
import { initialState } from "../../../shared/alerts/engine/step.ts";
import { Timeline } from "../../../shared/alerts/engine/timeline.ts";
import type { Observation, Signal, Transition } from "../../../shared/alerts/engine/types.ts";
import { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { parseDuration } from "../../../shared/contracts/duration.ts";

/** Monday, 5 January 2026. */
export const BEGIN = Date.UTC(2026, 0, 5);

export interface Seen {
  at: number;
  observation: Observation;
}

/** Says what it was told last. */
export class ToldSignal implements Signal<Seen> {
  #observation: Observation;

  constructor(observation: Observation = { kind: "no_data" }) {
    this.#observation = observation;
  }

  push({ observation }: Seen): void {
    this.#observation = observation;
  }

  at(): { observation: Observation; next_at: null } {
    return { observation: this.#observation, next_at: null };
  }
}

export const aRule = (fields: Partial<z.input<typeof AlertRuleFields>> = {}): AlertRuleFields =>
  AlertRuleFields.parse({ name: "floor", metric: "desk.value", operator: ">", threshold: "10", ...fields });

/** `5` is a value, `_` no data, `!` an error. */
const observationOf = (text: string): Observation =>
  text === "_"
    ? { kind: "no_data" }
    : text === "!"
      ? { kind: "error", why: "it is away" }
      : { kind: "value", value: text };

const told = ({ from, to, at, value, reason }: Transition) =>
  `${(at - BEGIN) / 60_000}m ${from ?? "-"}>${to} ${value ?? "-"} ${reason}`;

/**
 * Plays a series, one entry a minute from `BEGIN` on (an empty one says nothing), and answers what came of it: as
 * `3m ->active 12 condition_met`. In the spirit of promtool's test files.
 */
export function play(
  fields: Partial<z.input<typeof AlertRuleFields>>,
  series: string,
  { until = "1d", begin = BEGIN } = {},
): string[] {
  const timeline = new Timeline(specOf("rule", aRule(fields)), initialState(begin), new ToldSignal());
  const transitions: Transition[] = [];
  series.split(" ").forEach((text, minute) => {
    if (text === ".") return;
    transitions.push(...timeline.push({ at: BEGIN + minute * 60_000, observation: observationOf(text) }));
  });
  transitions.push(...timeline.advance(BEGIN + (parseDuration(until) ?? 0)));
  return transitions.map(told);
}
