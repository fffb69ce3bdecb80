import { divideMoney, multiplyMoney, subtractMoney } from "../../../domain/money.ts";
import type { Observation } from "../types.ts";

const NO_DATA: Observation = { kind: "no_data" };

/** A value that may be unknown, as an observation. */
export const observed = (value: string | null): Observation =>
  value === null ? NO_DATA : { kind: "value", value };

/**
 * How far a value is from what it was, in percent of that, to 18 digits after the point: (value - reference) / |reference| *
 * 100. Unknown where either is, and where the reference is 0.
 */
export function changeInPercent(value: string | null, reference: string | null): Observation {
  if (value === null || reference === null || Number(reference) === 0) return NO_DATA;
  const size = reference.startsWith("-") ? reference.slice(1) : reference;
  return observed(divideMoney(multiplyMoney(subtractMoney(value, reference), "100"), size));
}
