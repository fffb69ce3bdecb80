import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  acquireCall,
  type GatePolicy,
  newGateState,
  type Outcome,
  reportCall,
} from "../../../../shared/providers/gate/gate.ts";

const START = 1_788_949_800_000;
const POLICY: GatePolicy = {
  quotas: [
    { limit: 5, window_ms: 1_000 },
    { limit: 20, window_ms: 10_000 },
  ],
  circuit: { failures_to_open: 3, cool_down: { base_ms: 2_000, max_ms: 8_000 }, trial_ms: 1_000 },
  throttle: { base_ms: 500, max_ms: 4_000 },
};
const NO_LIMITS = { remaining: null, reset_at: null, retry_after_ms: null };

/** A gate with a clock, as its object keeps it. */
function aGate(policy = POLICY) {
  let state = newGateState();
  const clock = { now: START };
  return {
    clock,
    acquire() {
      const result = acquireCall(state, policy, clock.now);
      state = result.state;
      return result.answer;
    },
    report(outcome: Outcome) {
      state = reportCall(state, policy, outcome, clock.now, 0.5);
    },
  };
}
const success = (limits = NO_LIMITS as Outcome["limits"]): Outcome => ({ kind: "success", limits });
const failure: Outcome = { kind: "failure", limits: null };

describe("the gate", () => {
  it("never exceeds any of its quotas, whatever is reported and however the clock jumps", () => {
    const Step = fc.record({
      pause: fc.integer({ min: -300, max: 900 }),
      outcome: fc.constantFrom("success", "refused", "failure", "throttled"),
    });
    fc.assert(
      fc.property(fc.array(Step, { maxLength: 200 }), (steps) => {
        const gate = aGate();
        const calls: number[] = [];
        let latest = 0;
        for (const { pause, outcome } of steps) {
          gate.clock.now += pause;
          latest = Math.max(latest, gate.clock.now);
          if (!gate.acquire().ok) continue;
          calls.push(latest);
          gate.report(
            outcome === "throttled"
              ? { kind: outcome, limits: NO_LIMITS }
              : ({ kind: outcome, limits: null } as Outcome),
          );
        }
        for (const { limit, window_ms } of POLICY.quotas)
          for (const [index, first] of calls.entries()) {
            const next = calls[index + limit];
            if (next !== undefined) expect(next - first).toBeGreaterThanOrEqual(window_ms);
          }
      }),
    );
  });

  it("always lets a call through again once it waited as it was told, whatever happened before", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("success", "failure", "throttled"), { maxLength: 60 }),
        (outcomes) => {
          const gate = aGate();
          for (const outcome of outcomes) {
            gate.clock.now += 100;
            if (!gate.acquire().ok) continue;
            gate.report(
              outcome === "throttled"
                ? { kind: outcome, limits: NO_LIMITS }
                : ({ kind: outcome, limits: null } as Outcome),
            );
          }
          // Several rules may be in the way, one behind the other.
          for (let tries = 0; tries < 4; tries += 1) {
            const answer = gate.acquire();
            if (answer.ok) return;
            expect(answer.retry_after_ms).toBeLessThanOrEqual(10_200);
            gate.clock.now += answer.retry_after_ms;
          }
          throw new Error("still refused");
        },
      ),
    );
  });

  it("opens the circuit after three failures, tries once after the cool-down, and closes on success", () => {
    const gate = aGate();
    for (let call = 0; call < 3; call += 1) {
      expect(gate.acquire().ok).toBe(true);
      gate.report(failure);
    }
    expect(gate.acquire()).toEqual({ ok: false, retry_after_ms: 1_500, reason: "circuit_open" });
    gate.clock.now += 1_500;
    expect(gate.acquire().ok).toBe(true);
    expect(gate.acquire()).toMatchObject({ ok: false, reason: "circuit_open" });
    gate.report(success());
    expect(gate.acquire().ok).toBe(true);
  });

  it("obeys Retry-After, and waits longer of its own accord where obeying did not help", () => {
    const gate = aGate();
    const waits: number[] = [];
    for (let time = 0; time < 5; time += 1) {
      expect(gate.acquire().ok).toBe(true);
      gate.report({ kind: "throttled", limits: { ...NO_LIMITS, retry_after_ms: 1_000 } });
      const answer = gate.acquire();
      if (answer.ok) throw new Error("not refused");
      waits.push(answer.retry_after_ms);
      gate.clock.now += answer.retry_after_ms;
    }
    expect(waits).toEqual([1_000, 1_000, 1_500, 3_000, 3_000]);
  });

  it("is not moved by a success that was already under way", () => {
    const gate = aGate();
    gate.acquire();
    gate.acquire();
    gate.report({ kind: "throttled", limits: { ...NO_LIMITS, retry_after_ms: 3_000 } });
    gate.report(success());
    expect(gate.acquire()).toMatchObject({ ok: false, reason: "throttled", retry_after_ms: 3_000 });
  });

  it("counts down what the provider says is left, and waits for the reset", () => {
    const gate = aGate();
    gate.acquire();
    gate.report(success({ ...NO_LIMITS, remaining: 1, reset_at: START + 30_000 }));
    expect(gate.acquire().ok).toBe(true);
    expect(gate.acquire()).toEqual({ ok: false, retry_after_ms: 30_000, reason: "quota" });
    // An older reply, which knew nothing of the last call, raises nothing.
    gate.report(success({ ...NO_LIMITS, remaining: 4, reset_at: START + 30_000 }));
    expect(gate.acquire().ok).toBe(false);
    gate.clock.now = START + 30_000;
    expect(gate.acquire().ok).toBe(true);
  });

  it("takes an answer that blames the call for a sign of life", () => {
    const gate = aGate();
    for (const outcome of [
      failure,
      failure,
      { kind: "refused", limits: null } as Outcome,
      failure,
      failure,
    ]) {
      gate.acquire();
      gate.report(outcome);
      gate.clock.now += 500;
    }
    expect(gate.acquire().ok).toBe(true);
  });
});
