import { Purpose, purposeOf } from "./purpose.ts";
import { drawNormal, openStream } from "./random.ts";

/** Steps between anchors, a power of two; with the half-life below, anchors are as good as independent. */
const ANCHOR_STEPS = 4096;

export interface PathShape {
  /** Standard deviation of the path over a long time. */
  spread: number;
  /** Steps after which half of a deviation is gone. */
  half_life: number;
}

/**
 * One value of a mean-reverting random walk (Ornstein-Uhlenbeck, mean 0), at any step and without the steps
 * before it: between two known points an OU process at their middle is normal with mean (l + r)·ρ/(1 + ρ²)
 * and variance s²·(1 - ρ²)/(1 + ρ²), ρ = 2^(-distance/half-life), so the path is halved down to the step.
 */
export function pathAt(seed: number, collection: number, shape: PathShape, step: number): number {
  const anchor = (index: number) =>
    shape.spread * drawNormal(openStream(seed, purposeOf(collection, Purpose.path_anchor), index));
  let from = Math.floor(step / ANCHOR_STEPS) * ANCHOR_STEPS;
  let left = anchor(from);
  if (from === step) return left;
  let right = anchor(from + ANCHOR_STEPS);
  for (let half = ANCHOR_STEPS / 2; half >= 1; half /= 2) {
    const rho = 2 ** (-half / shape.half_life);
    const spread = shape.spread * Math.sqrt((1 - rho * rho) / (1 + rho * rho));
    const noise = drawNormal(openStream(seed, purposeOf(collection, Purpose.path_step), from + half));
    const middle = ((left + right) * rho) / (1 + rho * rho) + spread * noise;
    if (from + half === step) return middle;
    if (from + half < step) {
      from += half;
      left = middle;
    } else right = middle;
  }
  return left;
}
