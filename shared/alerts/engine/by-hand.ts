import type { TransitionReason } from "../../contracts/alerts.ts";
import { endStanding, initialState } from "./step.ts";
import type { InstanceState, RuleSpec, Step } from "./types.ts";

/** Why a rule's instances begin anew, or end. */
export type ResetReason = Extract<
  TransitionReason,
  "rule_changed" | "rule_disabled" | "rule_deleted" | "no_data"
>;

/** What was done by hand is looked at by the next evaluation, whatever was due before. */
const seen = (state: InstanceState, transition: Step["transitions"][number] | null): Step => ({
  state,
  transitions: transition === null ? [] : [transition],
  due_at: state.clock,
});

/** Somebody looks after an active alert. Without one, or where somebody does already, nothing changes. */
export function acknowledge(state: InstanceState, at: number): Step {
  if (state.status !== "active") return seen(state, null);
  const { value } = state;
  return seen(
    { ...state, status: "acknowledged" },
    { from: "active", to: "acknowledged", at, value, reason: "acknowledged" },
  );
}

/** Ends what stands. While its condition goes on holding, nothing starts anew. `at` by the source's clock. */
export function resolveByHand(spec: Pick<RuleSpec, "cooldown_ms">, before: InstanceState, at: number): Step {
  if (before.status === "normal") return seen(before, null);
  const state = { ...before, wait_for_clear: before.clear_since === null };
  const transition = endStanding(spec, state, { at, value: before.value, reason: "resolved_by_hand" });
  return seen(state, transition);
}

/** Lets a one-shot rule fire again. */
export function rearm(state: InstanceState): Step {
  return seen({ ...state, armed: true }, null);
}

/** Forgets everything, since the rule is another one now or is gone; what stands resolves. */
export function reset(before: InstanceState, reason: ResetReason, at: number): Step {
  const { value } = before;
  const transition = endStanding({ cooldown_ms: 0 }, { ...before }, { at, value, reason });
  return seen(initialState(before.clock), transition);
}
