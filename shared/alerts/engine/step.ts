import type { AlertState, TransitionReason } from "../../contracts/alerts.ts";
import { activeHoursAt } from "./active-hours.ts";
import { judge, type Verdict } from "./judge.ts";
import type { InstanceState, Observation, RuleSpec, Step, Transition } from "./types.ts";

const MINUTE = 60_000;
/** So many firings within so long mark an alert as flapping, and it is until none fell into the time just past. */
export const FLAPPING = { firings: 4, within_ms: 60 * MINUTE, keep_firing_for_ms: 10 * MINUTE } as const;

/** What a rule remembers before it saw anything of a series. */
export function initialState(clock: number): InstanceState {
  return {
    status: "normal",
    health: "ok",
    since: null,
    clear_since: null,
    value: null,
    cooldown_until: null,
    armed: true,
    wait_for_clear: false,
    fired: [],
    flapping: false,
    clock,
  };
}

/** Whether an alert has fired and not resolved. */
export const isFiring = ({ status }: Pick<InstanceState, "status">) =>
  status === "active" || status === "acknowledged";

/** Whether a state says more than `initialState`; `false`: nobody needs to keep it. `t` by the source's clock. */
export function isWorthKeeping(
  { spec, state }: { spec: RuleSpec; state: InstanceState },
  t: number,
): boolean {
  const { status, armed, wait_for_clear, flapping, cooldown_until, fired } = state;
  if (status !== "normal" || !armed || wait_for_clear || flapping) return true;
  if (spec.expires_at !== null && t >= spec.expires_at) return false;
  return (cooldown_until !== null && cooldown_until > t) || fired.some((at) => at > t - FLAPPING.within_ms);
}

/** A step in the making: `state` is its own, and is written to. */
interface Move {
  spec: RuleSpec;
  state: InstanceState;
  t: number;
  observation: Observation;
  transitions: Transition[];
  /** What was observed up to `t` has been corrected since it was looked at last. */
  revised: boolean;
}

/**
 * One evaluation of a rule: what was observed at `t`, and what comes of it. Pure. To be called at every point, and at
 * every `due_at` on the way: nothing that fell due before `t` is made up for here, and `t` never goes back. The same
 * evaluation again changes nothing. With `revised`, what was observed before is looked at again at the same instant, since
 * it was corrected: what held only by it ends at once.
 */
export function step(
  spec: RuleSpec,
  before: InstanceState,
  observation: Observation,
  t: number,
  revised = false,
): Step {
  const health = observation.kind === "value" ? "ok" : observation.kind;
  const state: InstanceState = { ...before, health, clock: t };
  const move: Move = { spec, state, t, observation, transitions: [], revised };
  if (state.flapping && t >= flappingUntil(state)) state.flapping = false;
  if (spec.expires_at !== null && t >= spec.expires_at) {
    if (state.status !== "normal") resolve(move, "rule_expired");
    return { state, transitions: move.transitions, due_at: state.flapping ? flappingUntil(state) : null };
  }
  const verdict = judge(spec, state, observation);
  if (verdict !== "frozen") apply(move, verdict === "holds");
  else if (revised && before.health === "ok" && state.status !== "normal") resolve(move, "corrected");
  return { state, transitions: move.transitions, due_at: dueAt(move, verdict) };
}

function apply(move: Move, holds: boolean): void {
  const { spec, state, t, observation, revised } = move;
  if (isFiring(state)) {
    if (holds) state.clear_since = null;
    // At this instant it held when it was looked at last.
    else if (revised && state.clear_since === null) resolve(move, "corrected");
    else {
      state.clear_since ??= t;
      if (t >= state.clear_since + keepFiringFor(spec, state)) resolve(move, cleared(observation));
    }
  } else if (state.wait_for_clear) {
    state.wait_for_clear = holds;
  } else if (!holds || !mayStart(spec, state, t)) {
    if (state.status === "pending") resolve(move, !holds && revised ? "corrected" : cleared(observation));
  } else start(move);
}

function start(move: Move): void {
  const { spec, state, t, observation } = move;
  const begins = state.status === "normal";
  if (begins) {
    state.since = t;
    state.cooldown_until = null;
  }
  if (t >= (state.since ?? t) + waitOf(spec)) {
    enter(move, "active", begins ? reasonOf(observation) : heldReason(observation));
    state.fired = [...state.fired.filter((at) => at > t - FLAPPING.within_ms), t].slice(-FLAPPING.firings);
    if (state.fired.length === FLAPPING.firings) state.flapping = true;
    if (spec.one_shot) state.armed = false;
  } else if (begins) enter(move, "pending", reasonOf(observation));
}

const reasonOf = ({ kind }: Observation): TransitionReason => (kind === "value" ? "condition_met" : kind);
const heldReason = ({ kind }: Observation): TransitionReason => (kind === "value" ? "held_for" : kind);
const cleared = ({ kind }: Observation): TransitionReason => (kind === "value" ? "condition_cleared" : kind);

/** The time without data is the wait of `absence` already. */
const waitOf = ({ condition, for_ms }: RuleSpec) => (condition === "absence" ? 0 : for_ms);

const keepFiringFor = (spec: RuleSpec, { flapping }: InstanceState) =>
  Math.max(spec.keep_firing_for_ms, flapping ? FLAPPING.keep_firing_for_ms : 0);

const flappingUntil = ({ fired, clock }: InstanceState) => (fired.at(-1) ?? clock) + FLAPPING.within_ms;

function mayStart(spec: RuleSpec, { armed, cooldown_until }: InstanceState, t: number): boolean {
  if (!armed || (cooldown_until !== null && t < cooldown_until)) return false;
  return activeHoursAt(spec.active_hours, t).active;
}

function enter(
  { state, t, observation, transitions }: Move,
  to: "pending" | "active",
  reason: TransitionReason,
) {
  const from: AlertState | null = state.status === "normal" ? null : state.status;
  state.status = to;
  state.value = observation.kind === "value" ? observation.value : null;
  transitions.push({ from, to, at: t, value: state.value, reason });
}

function resolve({ spec, state, t, observation, transitions }: Move, reason: TransitionReason): void {
  const value = observation.kind === "value" && spec.condition !== "absence" ? observation.value : null;
  const transition = endStanding(spec, state, { at: t, value, reason });
  if (transition !== null) transitions.push(transition);
}

/** Ends what stands in a state, which is written to; `null`: nothing stood. A cool-down follows what had fired. */
export function endStanding(
  spec: Pick<RuleSpec, "cooldown_ms">,
  state: InstanceState,
  { at, value, reason }: Pick<Transition, "at" | "value" | "reason">,
): Transition | null {
  if (state.status === "normal") return null;
  const from = state.status;
  if (isFiring(state) && spec.cooldown_ms > 0) state.cooldown_until = at + spec.cooldown_ms;
  state.status = "normal";
  state.since = null;
  state.clear_since = null;
  state.value = value;
  return { from, to: "resolved", at, value, reason };
}

/** The next instant at which time alone changes something, as long as the verdict stays the same. */
function dueAt({ spec, state, t }: Move, verdict: Verdict): number | null {
  const { status, since, clear_since, cooldown_until } = state;
  const due: (number | null)[] = [state.flapping ? flappingUntil(state) : null];
  if (status !== "normal") due.push(spec.expires_at);
  if (verdict === "clears" && clear_since !== null) due.push(clear_since + keepFiringFor(spec, state));
  if (verdict === "holds" && status === "pending" && since !== null)
    due.push(since + waitOf(spec), activeHoursAt(spec.active_hours, t).until);
  if (verdict === "holds" && status === "normal" && state.armed && !state.wait_for_clear)
    due.push(
      cooldown_until !== null && cooldown_until > t
        ? cooldown_until
        : activeHoursAt(spec.active_hours, t).until,
    );
  return due.reduce((least, at) => (least === null || (at !== null && at < least) ? at : least), null);
}
