import type { AlertOperator } from "../../contracts/alerts.ts";
import { compareDecimals, type Decimal, decimalOf } from "./decimal.ts";
import type { InstanceState, Observation, RuleSpec } from "./types.ts";

/** What an observation means to a rule. `frozen`: nothing starts and nothing ends by it. */
export type Verdict = "holds" | "clears" | "frozen";

const BY_POLICY = { fire: "holds", keep: "frozen", resolve: "clears" } as const;

/** Whether `value operator limit`, exactly. */
export function compares(value: Decimal, operator: AlertOperator, limit: Decimal): boolean {
  const side = compareDecimals(value, limit);
  if (operator === "<") return side < 0;
  if (operator === "<=") return side <= 0;
  if (operator === ">") return side > 0;
  if (operator === ">=") return side >= 0;
  return (operator === "==") === (side === 0);
}

/** Whether what fires goes on is judged by the threshold for clearing; so is whether something has cleared. */
const isHeld = ({ status, wait_for_clear }: InstanceState) =>
  status === "active" || status === "acknowledged" || wait_for_clear;

/** Whether a rule's condition holds in an observation, seen from the state it is in. */
export function judge(spec: RuleSpec, state: InstanceState, observation: Observation): Verdict {
  const { kind } = observation;
  if (kind === "error") return BY_POLICY[spec.on_error];
  if (spec.condition === "absence") return kind === "no_data" ? "holds" : "clears";
  if (kind === "no_data") return BY_POLICY[spec.no_data];
  const { operator, threshold, clear_threshold } = spec;
  if (operator === null || threshold === null) return "clears";
  const limit = isHeld(state) ? (clear_threshold ?? threshold) : threshold;
  return compares(decimalOf(observation.value), operator, decimalOf(limit)) ? "holds" : "clears";
}
