import { humanUnits } from "./amounts.ts";
import { PULSE_BID_MS, PULSE_MS, sliceOf } from "./clockwork.ts";
import { SIMULATED_COLLECTIONS, type SimulatedCollection } from "./collections.ts";
import { keepRecent } from "./keep-recent.ts";
import type { Mood } from "./mood.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { drawExponential, openStream } from "./random.ts";
import { drawWallet } from "./wallets.ts";

/** One beat of the market: somebody bids, or a token's metadata is refreshed. */
export type Beat =
  | { type: "metadata"; beat: number; at: number; token: number }
  | {
      type: "bid";
      beat: number;
      at: number;
      /** `null` bids for any item of the collection. */
      token: number | null;
      wallet: number;
      units: number;
      quantity: number;
      expires: number;
      /** When the bidder takes it back, or `null`. */
      cancelled: number | null;
    };

const TERMS_MS = [120_000, 300_000, PULSE_BID_MS];

/**
 * The beats of a collection. The whole market has exactly one in every `PULSE_MS`, in the middle half of it,
 * so that it is never silent for longer than one and a half of them.
 */
export function createPulse(
  seed: number,
  collection: SimulatedCollection,
  mood: Mood,
): (beat: number) => Beat | null {
  let share = 0;
  for (const other of SIMULATED_COLLECTIONS.slice(0, collection.number - 1)) share += other.pulse_share;
  const last = collection.number === SIMULATED_COLLECTIONS.length;
  const until = last ? 1 : share + collection.pulse_share;

  return keepRecent((beat) => {
    const draw = openStream(seed, purposeOf(0, Purpose.pulse), beat);
    const whose = draw();
    if (whose < share || whose >= until) return null;
    const at = Math.floor((beat + 0.25 + 0.5 * draw()) * PULSE_MS);
    const token = Math.floor(draw() * collection.supply);
    if (draw() < 0.02) return { type: "metadata", beat, at, token };
    const anyItem = draw() < 0.5;
    const fair = mood.logPrice(sliceOf(at));
    const units = humanUnits(Math.exp(fair - 0.05 - 0.12 * drawExponential(draw)), draw);
    const expires = at + (TERMS_MS[Math.floor(draw() * TERMS_MS.length)] ?? PULSE_BID_MS);
    const cancelled = at + 4_000 + Math.floor(420_000 * drawExponential(draw));
    return {
      type: "bid",
      beat,
      at,
      token: anyItem ? null : token,
      wallet: drawWallet(draw),
      units,
      quantity: anyItem && draw() < 0.2 ? 2 + Math.floor(4 * draw()) : 1,
      expires,
      cancelled: cancelled < expires && draw() < 0.4 ? cancelled : null,
    };
  }, 4_000);
}
