import { SWEEP_BLOCK_MS } from "./clockwork.ts";
import type { SimulatedCollection } from "./collections.ts";
import { keepRecent } from "./keep-recent.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { openStream } from "./random.ts";
import { drawWallet } from "./wallets.ts";

const SWEEP_CHANCE = 0.22;

/** One wallet buys what stands near the floor, in a single transaction. */
export interface Sweep {
  block: number;
  at: number;
  wallet: number;
  /** How far above the fair price it still buys, as a log. */
  depth: number;
}

/** The sweep of a block of time, or `null`. */
export function createSweeps(seed: number, collection: SimulatedCollection): (block: number) => Sweep | null {
  return keepRecent((block) => {
    const draw = openStream(seed, purposeOf(collection.number, Purpose.sweep), block);
    if (draw() >= SWEEP_CHANCE) return null;
    const at = Math.floor((block + draw()) * SWEEP_BLOCK_MS);
    return { block, at, wallet: drawWallet(draw), depth: 0.04 * draw() };
  });
}
