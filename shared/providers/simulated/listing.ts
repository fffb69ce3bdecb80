import { humanUnits, UNITS_PER_ETH } from "./amounts.ts";
import { STORY_MS, SWEEP_BLOCK_MS } from "./clockwork.ts";
import { type Draw, drawExponential } from "./random.ts";
import type { Sweep } from "./sweeps.ts";
import { drawWallet } from "./wallets.ts";

/** A listing at one price; the next leg is the same lister's new price. */
interface Leg {
  at: number;
  units: number;
}

type Ending =
  | { type: "sold"; wallet: number; sweep: number | null }
  | { type: "cancelled" }
  | { type: "expired" };

/** A token is listed, perhaps repriced, and then sold, taken back or left to expire. */
export interface ListingStory {
  type: "listing";
  place: number;
  token: number;
  start: number;
  end: number;
  expires: number;
  legs: Leg[];
  ending: Ending;
}

/** The market around a listing. Times in milliseconds, prices as logs of ETH. */
export interface Surroundings {
  /** The fair price of this token. */
  fair(at: number): number;
  activity(at: number): number;
  sweep(block: number): Sweep | null;
  chosenBySweep(sweep: Sweep): boolean;
}

const MINUTE = 60_000;
/** A buyer looks at the listing with other eyes at each of these ages: the market moves on meanwhile. */
const AGES = [0, 5, 15, 40, 90].map((minutes) => minutes * MINUTE);
/** At the fair price a listing waits this long for a buyer, on average. */
const FAIR_WAIT_MS = 45 * MINUTE;
const SHORTEST_WAIT_MS = 15_000;
const MOST_LEGS = 3;

/** Buyers a millisecond, by how far (log) the price stands above the fair one. */
function buyersPerMs(gap: number, activity: number): number {
  const wait = FAIR_WAIT_MS * Math.exp(gap > 0 ? gap / 0.07 : gap / 0.02);
  return activity / Math.max(SHORTEST_WAIT_MS, wait);
}

interface Buyer {
  at: number;
  wallet: number;
  sweep: number | null;
}

/** The first buyer of a leg before `end`, by the rate at which they come (time change of a unit Poisson). */
function findBuyer(leg: Leg, end: number, market: Surroundings, draw: Draw): Buyer | null {
  const price = Math.log(leg.units / UNITS_PER_ETH);
  let patience = drawExponential(draw);
  const wallet = drawWallet(draw);
  let at = Number.POSITIVE_INFINITY;
  for (let index = 0; index < AGES.length; index += 1) {
    const from = leg.at + (AGES[index] ?? 0);
    if (from >= end) break;
    const to = leg.at + (AGES[index + 1] ?? STORY_MS);
    const rate = buyersPerMs(price - market.fair(from), market.activity(from));
    if (patience < rate * (to - from)) {
      at = Math.floor(from + patience / rate) + 1_000;
      break;
    }
    patience -= rate * (to - from);
  }
  const until = Math.min(at, end);
  for (let block = Math.floor(leg.at / SWEEP_BLOCK_MS); block * SWEEP_BLOCK_MS < until; block += 1) {
    const sweep = market.sweep(block);
    if (sweep === null || sweep.at <= leg.at || sweep.at >= until) continue;
    if (price - market.fair(sweep.at) <= sweep.depth && market.chosenBySweep(sweep))
      return { at: sweep.at, wallet: sweep.wallet, sweep: block };
  }
  return at < end ? { at, wallet, sweep: null } : null;
}

/** How long a listing may stand, and when its lister would take it back; both in milliseconds of age. */
export interface Term {
  expires: number;
  cancelled: number;
}

export function drawTerm(draw: Draw): Term {
  const habit = draw();
  const cancelled = 5_000 + Math.floor(4 * 60 * MINUTE * drawExponential(draw));
  if (habit < 0.1) return { expires: 30 * MINUTE, cancelled };
  if (habit < 0.3) return { expires: 60 * MINUTE, cancelled };
  return { expires: habit < 0.55 ? 120 * MINUTE : STORY_MS, cancelled };
}

/** Tells a listing to its end. Most ask too much: the floor is what the few others leave. */
export function tellListing(
  begin: { place: number; token: number; start: number },
  term: Term,
  market: Surroundings,
  draw: Draw,
): ListingStory {
  const { start } = begin;
  let greed = -0.05 + 0.2 * drawExponential(draw) ** 1.3;
  const expires = start + term.expires;
  const cancelled = start + term.cancelled;
  const closes = Math.min(expires, cancelled);
  const legs: Leg[] = [];
  let leg: Leg = { at: start, units: humanUnits(Math.exp(market.fair(start) + greed), draw) };
  for (;;) {
    legs.push(leg);
    const thinksAgain = leg.at + 10_000 + Math.floor(110 * MINUTE * drawExponential(draw));
    const again = legs.length < MOST_LEGS && thinksAgain < closes;
    const buyer = findBuyer(leg, again ? thinksAgain : closes, market, draw);
    if (buyer !== null) {
      const ending: Ending = { type: "sold", wallet: buyer.wallet, sweep: buyer.sweep };
      return { type: "listing", ...begin, end: buyer.at, expires, legs, ending };
    }
    if (!again) break;
    greed *= 0.3 + 0.5 * draw();
    leg = { at: thinksAgain, units: humanUnits(Math.exp(market.fair(thinksAgain) + greed), draw) };
  }
  const ending: Ending = { type: cancelled < expires ? "cancelled" : "expired" };
  return { type: "listing", ...begin, end: closes, expires, legs, ending };
}
