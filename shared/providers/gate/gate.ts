import { z } from "zod";
import { type BackOff, backOffDelay } from "./back-off.ts";
import {
  admitCall,
  Circuit,
  type CircuitPolicy,
  circuitState,
  circuitWait,
  closedCircuit,
  recordFailure,
  recordSuccess,
} from "./circuit.ts";
import type { ServerLimits } from "./limits.ts";
import { countCall, type Quota, quotaWait, SlotCounts } from "./quota.ts";

export interface GatePolicy {
  quotas: Quota[];
  circuit: CircuitPolicy;
  /** After refusals for too many calls. */
  throttle: BackOff;
}

/** How a call went. `refused` is an answer that blames the call (404), so the provider itself is well. */
export type Outcome =
  | { kind: "success" | "refused" | "failure"; limits: ServerLimits | null }
  | { kind: "throttled"; limits: ServerLimits };

export type GateAnswer =
  | { ok: true }
  | { ok: false; retry_after_ms: number; reason: "quota" | "throttled" | "circuit_open" };

export const GateState = z.object({
  /** One entry a quota of the policy. */
  counts: z.array(SlotCounts),
  circuit: Circuit,
  throttled: z.object({ times: z.number(), until: z.number() }),
  /** What the provider says is left, counted down as calls are made. */
  left: z.object({ remaining: z.number(), reset_at: z.number() }).nullable(),
  /** The latest time seen: a clock that steps back must not hand calls out twice. */
  clock: z.number(),
});
export type GateState = z.infer<typeof GateState>;

export function newGateState(): GateState {
  return {
    counts: [],
    circuit: closedCircuit,
    throttled: { times: 0, until: 0 },
    left: null,
    clock: 0,
  };
}

/** Lets a call through and counts it, or says for how long and why not. */
export function acquireCall(
  state: GateState,
  policy: GatePolicy,
  time: number,
): { state: GateState; answer: GateAnswer } {
  const now = Math.max(time, state.clock);
  const refuse = (retry_after_ms: number, reason: "quota" | "throttled" | "circuit_open") => ({
    state: { ...state, clock: now },
    answer: { ok: false as const, retry_after_ms: Math.max(1, Math.ceil(retry_after_ms)), reason },
  });

  const circuit = circuitWait(state.circuit, now);
  if (circuit > 0) return refuse(circuit, "circuit_open");
  if (now < state.throttled.until) return refuse(state.throttled.until - now, "throttled");
  const left = state.left !== null && now < state.left.reset_at ? state.left : null;
  if (left !== null && left.remaining <= 0) return refuse(left.reset_at - now, "quota");
  const waits = policy.quotas.map((quota, index) => quotaWait(quota, state.counts[index] ?? [], now));
  const wait = Math.max(0, ...waits);
  if (wait > 0) return refuse(wait, "quota");

  return {
    state: {
      ...state,
      counts: policy.quotas.map((quota, index) => countCall(quota, state.counts[index] ?? [], now)),
      circuit: admitCall(state.circuit, policy.circuit, now),
      left: left === null ? null : { ...left, remaining: left.remaining - 1 },
      clock: now,
    },
    answer: { ok: true },
  };
}

/** Takes in how a call went. `random` in [0, 1) spreads the waiting. */
export function reportCall(
  state: GateState,
  policy: GatePolicy,
  outcome: Outcome,
  time: number,
  random: number,
): GateState {
  const now = Math.max(time, state.clock);
  const heard = { ...state, clock: now, left: mergeLeft(state.left, outcome.limits, now) };
  if (outcome.kind === "failure")
    return { ...heard, circuit: recordFailure(state.circuit, policy.circuit, now, random) };
  // Being told to slow down is an answer too: the provider is there.
  const circuit = recordSuccess();
  if (outcome.kind !== "throttled") {
    // A success that was already under way does not end a wait that was asked for.
    const waiting = now < state.throttled.until;
    return { ...heard, circuit, throttled: waiting ? state.throttled : { times: 0, until: 0 } };
  }
  const times = state.throttled.times + 1;
  // A `Retry-After` that was obeyed and did not help is followed by a longer wait of our own.
  const wait = Math.max(backOffDelay(policy.throttle, times, random), outcome.limits.retry_after_ms ?? 0);
  return {
    ...heard,
    circuit,
    throttled: { times, until: Math.max(state.throttled.until, now + wait) },
  };
}

/** How a provider does, as far as our calls tell. */
export interface GateStatus {
  circuit: "closed" | "open" | "half_open";
  /** No call is let through before then, in milliseconds since 1970; `null` where one may be made now. */
  refuses_until: number | null;
}

/** Looks at a gate without asking for a call. */
export function gateStatus(state: GateState, time: number): GateStatus {
  const now = Math.max(time, state.clock);
  const until = Math.max(state.circuit.open_until ?? 0, state.throttled.until);
  return { circuit: circuitState(state.circuit, now), refuses_until: until > now ? until : null };
}

/** Replies may come in another order than they were made, so within one period the lower figure holds. */
function mergeLeft(known: GateState["left"], limits: ServerLimits | null, now: number): GateState["left"] {
  const current = known !== null && now < known.reset_at ? known : null;
  if (limits === null || limits.remaining === null || limits.reset_at === null || limits.reset_at <= now)
    return current;
  // Resets are told in whole seconds and may wobble by one.
  if (current !== null && limits.reset_at - current.reset_at < 1500)
    return { ...current, remaining: Math.min(current.remaining, limits.remaining) };
  return { remaining: limits.remaining, reset_at: limits.reset_at };
}
