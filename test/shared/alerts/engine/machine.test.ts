import { describe, expect, it } from "vitest";
import { acknowledge, rearm, reset, resolveByHand } from "../../../../shared/alerts/engine/by-hand.ts";
import { specOf } from "../../../../shared/alerts/engine/rule-spec.ts";
import { initialState, isWorthKeeping, step } from "../../../../shared/alerts/engine/step.ts";
import type { InstanceState } from "../../../../shared/alerts/engine/types.ts";
import { aRule, BEGIN, play } from "../../../support/alerts/series.ts";

type Row = [string, Parameters<typeof play>[0], string, string[]];

/** A minute an entry; `.` says nothing, `_` is no data, `!` an error. */
const TABLE: Row[] = [
  [
    "fires at once and resolves",
    {},
    "5 12 11 9",
    ["1m ->active 12 condition_met", "3m active>resolved 9 condition_cleared"],
  ],
  ["does not fire at the threshold itself", {}, "10", []],
  [
    "compares exactly",
    { threshold: "0.1" },
    "0.100000000000000000000000000000000001",
    ["0m ->active 0.100000000000000000000000000000000001 condition_met"],
  ],
  [
    "fires when it held for so long, at that very instant",
    { for: "90s" },
    "12 . . .",
    ["0m ->pending 12 condition_met", "1.5m pending>active 12 held_for"],
  ],
  [
    "pending that stops holding resolves",
    { for: "3m" },
    "12 . 9",
    ["0m ->pending 12 condition_met", "2m pending>resolved 9 condition_cleared"],
  ],
  [
    "goes on until the clear threshold is crossed back",
    { clear_threshold: "8" },
    "12 9 8.1 8 9",
    ["0m ->active 12 condition_met", "3m active>resolved 8 condition_cleared"],
  ],
  [
    "the same below",
    { operator: "<=", threshold: "4", clear_threshold: "6" },
    "4 5 6 7",
    ["0m ->active 4 condition_met", "3m active>resolved 7 condition_cleared"],
  ],
  [
    "is kept firing until it has not held for so long",
    { keep_firing_for: "3m" },
    "12 9 12 9 . . .",
    ["0m ->active 12 condition_met", "6m active>resolved 9 condition_cleared"],
  ],
  [
    "starts when the cool-down ends, if it holds then",
    { cooldown: "5m" },
    "12 9 12 . . . . . 9",
    [
      "0m ->active 12 condition_met",
      "1m active>resolved 9 condition_cleared",
      "6m ->active 12 condition_met",
      "8m active>resolved 9 condition_cleared",
    ],
  ],
  [
    "stays quiet where it held only within the cool-down",
    { cooldown: "5m" },
    "12 9 12 9",
    ["0m ->active 12 condition_met", "1m active>resolved 9 condition_cleared"],
  ],
  [
    "pending counts from the end of the cool-down",
    { cooldown: "5m", for: "1m" },
    "12 . 9 12 . . . . . 9",
    [
      "0m ->pending 12 condition_met",
      "1m pending>active 12 held_for",
      "2m active>resolved 9 condition_cleared",
      "7m ->pending 12 condition_met",
      "8m pending>active 12 held_for",
      "9m active>resolved 9 condition_cleared",
    ],
  ],
  [
    "a pending that came to nothing cools nothing down",
    { cooldown: "1h", for: "2m" },
    "12 9 12 . .",
    [
      "0m ->pending 12 condition_met",
      "1m pending>resolved 9 condition_cleared",
      "2m ->pending 12 condition_met",
      "4m pending>active 12 held_for",
    ],
  ],
  [
    "one-shot fires once",
    { one_shot: true },
    "12 9 12",
    ["0m ->active 12 condition_met", "1m active>resolved 9 condition_cleared"],
  ],
  [
    "expiry resolves, and nothing starts after it",
    { expires_at: new Date(BEGIN + 90_000).toISOString() },
    "12 . 9 12",
    ["0m ->active 12 condition_met", "1.5m active>resolved 12 rule_expired"],
  ],
  [
    "no data keep: nothing ends",
    {},
    "12 _ _ 12 9",
    ["0m ->active 12 condition_met", "4m active>resolved 9 condition_cleared"],
  ],
  [
    "no data keep: waits are counted from before, and nothing starts meanwhile",
    { for: "2m" },
    "12 _ . . 12",
    ["0m ->pending 12 condition_met", "4m pending>active 12 held_for"],
  ],
  [
    "no data keep: what is kept firing goes on",
    { keep_firing_for: "2m" },
    "12 9 _ . . 9",
    ["0m ->active 12 condition_met", "5m active>resolved 9 condition_cleared"],
  ],
  [
    "no data fire",
    { no_data: "fire" },
    "5 _ 5",
    [
      "0m ->active - no_data",
      "0m active>resolved 5 condition_cleared",
      "1m ->active - no_data",
      "2m active>resolved 5 condition_cleared",
    ],
  ],
  [
    "no data resolve",
    { no_data: "resolve" },
    "12 _ 12",
    ["0m ->active 12 condition_met", "1m active>resolved - no_data", "2m ->active 12 condition_met"],
  ],
  [
    "error fire",
    { on_error: "fire", for: "1m" },
    "5 ! . 5",
    ["1m ->pending - error", "2m pending>active - error", "3m active>resolved 5 condition_cleared"],
  ],
  ["error keep", {}, "12 ! 9", ["0m ->active 12 condition_met", "2m active>resolved 9 condition_cleared"]],
  [
    "error resolve",
    { on_error: "resolve" },
    "12 !",
    ["0m ->active 12 condition_met", "1m active>resolved - error"],
  ],
  [
    "absence fires without data and resolves with the next",
    { metric: "desk.value", condition: "absence", operator: null, threshold: null, for: "5m" },
    "5 _ 5",
    [
      "0m ->active - no_data",
      "0m active>resolved - condition_cleared",
      "1m ->active - no_data",
      "2m active>resolved - condition_cleared",
    ],
  ],
  [
    "the fourth firing within an hour is kept for ten minutes",
    {},
    "12 9 12 9 12 9 12 9",
    [
      "0m ->active 12 condition_met",
      "1m active>resolved 9 condition_cleared",
      "2m ->active 12 condition_met",
      "3m active>resolved 9 condition_cleared",
      "4m ->active 12 condition_met",
      "5m active>resolved 9 condition_cleared",
      "6m ->active 12 condition_met",
      "17m active>resolved 9 condition_cleared",
    ],
  ],
  [
    "begins with its hours",
    { active_hours: { days: ["mon"], start: "00:02", end: "00:10", time_zone: "UTC" } },
    "12 . . .",
    ["2m ->active 12 condition_met"],
  ],
  [
    "resolves outside its hours, and starts nothing there",
    { active_hours: { start: "00:00", end: "00:02", time_zone: "UTC" } },
    "12 . . 9 12 9",
    ["0m ->active 12 condition_met", "3m active>resolved 9 condition_cleared"],
  ],
  [
    "what waits when its hours end comes to nothing",
    { for: "3m", active_hours: { start: "00:00", end: "00:02", time_zone: "UTC" } },
    "12 . . . 9",
    ["0m ->pending 12 condition_met", "2m pending>resolved 12 condition_cleared"],
  ],
];

describe("the machine", () => {
  it.each(TABLE)("%s", (_name, fields, series, expected) => {
    expect(play(fields, series, { until: "23h" })).toEqual(expected);
  });

  const at = (state: InstanceState, value: string, t: number, fields = {}) =>
    step(specOf("rule", aRule(fields)), state, { kind: "value", value }, BEGIN + t);
  const active = at(initialState(BEGIN), "12", 0).state;

  it("is acknowledged once, and resolves from there", () => {
    const { state, transitions } = acknowledge(active, BEGIN + 5);
    expect(transitions).toEqual([
      { from: "active", to: "acknowledged", at: BEGIN + 5, value: "12", reason: "acknowledged" },
    ]);
    expect(acknowledge(state, BEGIN + 6).transitions).toEqual([]);
    expect(at(state, "9", 7).transitions[0]).toMatchObject({ from: "acknowledged", to: "resolved" });
  });

  it("resolved by hand while it holds, starts again only after it stopped holding", () => {
    const { state, transitions, due_at } = resolveByHand(specOf("rule", aRule()), active, BEGIN + 5);
    expect(transitions[0]).toMatchObject({ from: "active", to: "resolved", reason: "resolved_by_hand" });
    expect(due_at).toBe(BEGIN);
    const holding = at(state, "13", 6);
    expect(holding.transitions).toEqual([]);
    const stopped = at(holding.state, "9", 7);
    expect(at(stopped.state, "12", 8).transitions[0]?.to).toBe("active");
  });

  it("resolved by hand while it was only kept firing, waits for nothing", () => {
    const kept = at(active, "9", 1, { keep_firing_for: "1h" }).state;
    const { state } = resolveByHand(specOf("rule", aRule()), kept, BEGIN + 2);
    expect(at(state, "12", 3).transitions[0]?.to).toBe("active");
  });

  it("a one-shot rule fires again once it is armed", () => {
    const fired = at(initialState(BEGIN), "12", 0, { one_shot: true }).state;
    const quiet = at(fired, "9", 1, { one_shot: true }).state;
    expect(at(quiet, "12", 2, { one_shot: true }).transitions).toEqual([]);
    expect(at(rearm(quiet).state, "12", 2, { one_shot: true }).transitions[0]?.to).toBe("active");
  });

  it("begins anew when its rule changes", () => {
    const { state, transitions } = reset(active, "rule_changed", BEGIN + 3);
    expect(transitions[0]).toMatchObject({ to: "resolved", reason: "rule_changed", at: BEGIN + 3 });
    expect(state).toEqual(initialState(BEGIN));
    expect(reset(state, "rule_deleted", BEGIN + 4).transitions).toEqual([]);
  });

  it("says whether its state must be kept", () => {
    const spec = specOf("rule", aRule());
    expect(isWorthKeeping({ spec, state: initialState(BEGIN) }, BEGIN)).toBe(false);
    expect(isWorthKeeping({ spec, state: active }, BEGIN)).toBe(true);
    const { state } = at(active, "9", 1);
    expect(isWorthKeeping({ spec, state }, BEGIN + 1)).toBe(true);
    expect(isWorthKeeping({ spec, state }, BEGIN + 3_600_001)).toBe(false);
  });
});
