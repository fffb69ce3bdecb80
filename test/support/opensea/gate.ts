import {
  acquireCall,
  type GatePolicy,
  type GateState,
  gateStatus,
  newGateState,
  type Outcome,
  reportCall,
} from "../../../shared/providers/gate/gate.ts";
import { gatePolicy } from "../../../shared/providers/gate/policy.ts";
import type { ProviderGateRpc } from "../../../shared/providers/links.ts";

/** A gate as its object keeps it, with what it was told. */
export function memoryGate(
  now: () => number,
  policy: GatePolicy = gatePolicy("opensea"),
): ProviderGateRpc & { outcomes: Outcome[] } {
  let state: GateState = newGateState();
  const outcomes: Outcome[] = [];
  return {
    outcomes,
    async acquire() {
      const result = acquireCall(state, policy, now());
      state = result.state;
      return result.answer;
    },
    async report(outcome) {
      outcomes.push(outcome);
      state = reportCall(state, policy, outcome, now(), 0.5);
    },
    status: async () => gateStatus(state, now()),
  };
}
