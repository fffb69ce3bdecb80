import fc from "fast-check";
import { expect, it } from "vitest";
import { acknowledge, rearm, resolveByHand } from "../../../../shared/alerts/engine/by-hand.ts";
import { specOf } from "../../../../shared/alerts/engine/rule-spec.ts";
import { initialState } from "../../../../shared/alerts/engine/step.ts";
import { Timeline } from "../../../../shared/alerts/engine/timeline.ts";
import type { InstanceState, Observation, Transition } from "../../../../shared/alerts/engine/types.ts";
import type { AlertRuleFields } from "../../../../shared/contracts/alerts.ts";
import { NaiveMachine, type Seen, unitsOf } from "../../../support/alerts/naive-machine.ts";
import { aRule, BEGIN, ToldSignal } from "../../../support/alerts/series.ts";

const MINUTE = 60_000;
const policy = fc.constantFrom("fire", "keep", "resolve");
const wait = (...texts: string[]) => fc.constantFrom("0s", ...texts);

const rules = fc
  .record({
    operator: fc.constantFrom("<", "<=", ">", ">=", "==", "!="),
    clear: fc.option(fc.integer({ min: 0, max: 3 })),
    for: wait("1m", "7m"),
    keep_firing_for: wait("2m", "25m"),
    cooldown: wait("5m", "2h"),
    no_data: policy,
    on_error: policy,
    one_shot: fc.boolean(),
    expires: fc.option(fc.integer({ min: 0, max: 400 }), { freq: 4 }),
  })
  .map(({ operator, clear, expires, ...others }) => {
    const towards = operator.startsWith("<") ? 1 : -1;
    const clears = clear !== null && operator !== "==" && operator !== "!=";
    return aRule({
      ...others,
      operator,
      threshold: "10",
      clear_threshold: clears ? String(10 + clear * towards) : null,
      expires_at: expires === null ? null : new Date(BEGIN + expires * MINUTE).toISOString(),
    });
  });

const observations = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .integer({ min: 6, max: 14 })
      .map((value): Observation => ({ kind: "value", value: String(value) })),
  },
  fc.constant<Observation>({ kind: "no_data" }),
  fc.constant<Observation>({ kind: "error", why: "away" }),
);
type Does = Observation | "acknowledge" | "resolve" | "rearm";
const does: fc.Arbitrary<Does> = fc.oneof(
  { weight: 8, arbitrary: observations },
  fc.constantFrom("acknowledge", "resolve", "rearm"),
);
const events = fc.array(
  fc.record({
    after: fc.oneof(
      fc.integer({ min: 0, max: 12 * MINUTE }),
      fc.constantFrom(0, MINUTE, 5 * MINUTE, 3 * 60 * MINUTE),
    ),
    does,
  }),
  { maxLength: 40 },
);
type Events = { after: number; does: Does }[];

const HANDS = {
  acknowledge: (_: AlertRuleFields, state: InstanceState, t: number) => acknowledge(state, t),
  resolve: (fields: AlertRuleFields, state: InstanceState, t: number) =>
    resolveByHand(specOf("rule", fields), state, t),
  rearm: (_: AlertRuleFields, state: InstanceState) => rearm(state),
};
const END = 6 * 60 * MINUTE;

/** `splits`: so often time is advanced between two events; `restarts`: whether each time everything is made anew. */
function run(fields: AlertRuleFields, story: Events, { splits = 0, restarts = false } = {}) {
  const told: Transition[] = [];
  let said: Observation = { kind: "no_data" };
  const begin = (state: InstanceState) => new Timeline(specOf("rule", fields), state, new ToldSignal(said));
  let timeline = begin(initialState(BEGIN));
  let now = BEGIN;
  const restart = () => {
    timeline = begin(JSON.parse(JSON.stringify(timeline.state)));
  };
  const goTo = (to: number) => {
    for (let part = 1; part <= splits; part++) {
      told.push(...timeline.advance(now + Math.floor(((to - now) * part) / (splits + 1))));
      if (restarts) restart();
    }
    now = to;
  };
  for (const { after, does } of story) {
    goTo(now + after);
    if (typeof does !== "string") {
      said = does;
      told.push(...timeline.push({ at: now, observation: does }));
      continue;
    }
    told.push(...timeline.advance(now));
    const { state, transitions } = HANDS[does](fields, timeline.state, now);
    told.push(...transitions);
    timeline = begin(state);
    told.push(...timeline.advance(now));
  }
  goTo(now + END);
  told.push(...timeline.advance(now));
  return told;
}

function model(fields: AlertRuleFields, story: Events): Transition[] {
  const machine = new NaiveMachine(fields, () => ({ on: true, edge: null }));
  const told: Transition[] = [];
  let [now, seen]: [number, Seen] = [BEGIN, "no_data"];
  const goTo = (to: number) => {
    told.push(...machine.look(now, seen));
    for (let next = Math.min(...machine.timers(now)); next <= to; next = Math.min(...machine.timers(now))) {
      now = next;
      told.push(...machine.look(now, seen));
    }
    now = to;
  };
  for (const { after, does } of story) {
    goTo(now + after);
    if (does === "acknowledge") told.push(...machine.acknowledge(now));
    else if (does === "resolve") told.push(...machine.resolve(now));
    else if (does === "rearm") told.push(...machine.rearm());
    else seen = does.kind === "value" ? unitsOf(does.value) : does.kind;
    told.push(...machine.look(now, seen));
  }
  goTo(now + END);
  return told;
}

it("says the same as the model, however time is cut and however often it restarts", () => {
  fc.assert(
    fc.property(rules, events, (fields, story) => {
      const expected = model(fields, story);
      expect(run(fields, story)).toEqual(expected);
      expect(run(fields, story, { splits: 3 })).toEqual(expected);
      expect(run(fields, story, { splits: 2, restarts: true })).toEqual(expected);
    }),
    { numRuns: 400 },
  );
});

it("has one alert at a time: each transition goes on from the one before, and time never goes back", () => {
  const onwards: Record<string, string[]> = {
    resolved: ["pending", "active"],
    pending: ["active", "resolved"],
    active: ["acknowledged", "resolved"],
    acknowledged: ["resolved"],
  };
  fc.assert(
    fc.property(rules, events, (fields, story) => {
      let before: Transition | null = null;
      for (const transition of run(fields, story)) {
        const standing: string = before?.to ?? "resolved";
        expect(onwards[standing]).toContain(transition.to);
        expect(transition.from ?? "resolved").toBe(standing);
        expect(transition.at).toBeGreaterThanOrEqual(before?.at ?? BEGIN);
        before = transition;
      }
    }),
    { numRuns: 300 },
  );
});
