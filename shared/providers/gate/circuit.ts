import { z } from "zod";
import { type BackOff, backOffDelay } from "./back-off.ts";

/**
 * A circuit breaker (M. Nygard, "Release It!"): after several failures in a row calls are refused for a while,
 * then one call at a time tries whether the provider is back.
 */
export const Circuit = z.object({
  /** Failures since the last success. */
  failures: z.number(),
  /** How often it opened since the last success; each time it stays open longer. */
  opened: z.number(),
  /** Refuses until then; `null` while closed. After it, the circuit is half open. */
  open_until: z.number().nullable(),
  /** A trial call is under way until then, at the latest. */
  trial_until: z.number().nullable(),
});
export type Circuit = z.infer<typeof Circuit>;

export interface CircuitPolicy {
  failures_to_open: number;
  cool_down: BackOff;
  /** After this long a trial that was never reported is given up. */
  trial_ms: number;
}

export const closedCircuit: Circuit = { failures: 0, opened: 0, open_until: null, trial_until: null };

export function circuitState(circuit: Circuit, now: number): "closed" | "open" | "half_open" {
  if (circuit.open_until === null) return "closed";
  return now < circuit.open_until ? "open" : "half_open";
}

/** Milliseconds until a call may be tried; 0 when it may be now. */
export function circuitWait(circuit: Circuit, now: number): number {
  if (circuit.open_until === null) return 0;
  if (now < circuit.open_until) return circuit.open_until - now;
  return circuit.trial_until !== null && now < circuit.trial_until ? circuit.trial_until - now : 0;
}

/** Notes that a call was let through. */
export function admitCall(circuit: Circuit, policy: CircuitPolicy, now: number): Circuit {
  return circuitState(circuit, now) === "half_open"
    ? { ...circuit, trial_until: now + policy.trial_ms }
    : circuit;
}

export function recordSuccess(): Circuit {
  return closedCircuit;
}

/** A failure while half open opens it again at once; one that comes in late, while it is open, adds nothing. */
export function recordFailure(circuit: Circuit, policy: CircuitPolicy, now: number, random: number): Circuit {
  const state = circuitState(circuit, now);
  if (state === "open") return circuit;
  const failures = circuit.failures + 1;
  if (state === "closed" && failures < policy.failures_to_open) return { ...circuit, failures };
  const opened = circuit.opened + 1;
  const open_until = now + backOffDelay(policy.cool_down, opened, random);
  return { failures, opened, open_until, trial_until: null };
}
