import { humanUnits } from "./amounts.ts";
import { LONGEST_OFFER_MS, SLICE_MS, sliceOf } from "./clockwork.ts";
import type { SimulatedCollection } from "./collections.ts";
import { keepRecent } from "./keep-recent.ts";
import { drawTerm, type ListingStory, tellListing } from "./listing.ts";
import type { Mood } from "./mood.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { drawExponential, drawPoisson, openStream } from "./random.ts";
import type { Sweep } from "./sweeps.ts";
import type { Places } from "./tokens.ts";
import { drawWallet } from "./wallets.ts";

/** A token gets a bid and its holder accepts it. */
interface OfferStory {
  type: "offer";
  place: number;
  token: number;
  start: number;
  end: number;
  units: number;
  expires: number;
  wallet: number;
}

/** A holder moves a token to another wallet. */
interface TransferStory {
  type: "transfer";
  place: number;
  token: number;
  start: number;
  end: number;
  wallet: number;
}

/**
 * What an owner does with a token, whole from its beginning: everything that will happen is settled by the
 * seed, so that any moment of it can be told without the moments before.
 */
export type Story = ListingStory | OfferStory | TransferStory;

/** What is known of a story before it is told: it has no event outside of these times. */
interface Outline {
  place: number;
  start: number;
  latest: number;
}

export interface Stories {
  /** The story at a place, or `null` where nothing happened. */
  at(place: number): Story | null;
  /** Outlines of the stories that begin in a slice: a third of the work of telling them. */
  outlines(slice: number): Outline[];
}

const OFFER_SHARE = 0.09;
const TRANSFER_SHARE = 0.05;
const SWEPT_SHARE = 0.65;

export function createStories(
  seed: number,
  collection: SimulatedCollection,
  market: { places: Places; mood: Mood; sweep: (block: number) => Sweep | null },
): Stories {
  const { places, mood } = market;
  const purpose = (use: number) => purposeOf(collection.number, use);

  const arrivals = keepRecent((slice) => {
    const draw = openStream(seed, purpose(Purpose.arrivals), slice);
    const mean = (collection.stories_per_second * SLICE_MS * mood.activity(slice)) / 1_000;
    return Math.min(places.per_slice, drawPoisson(draw, mean));
  });

  /** Log of what the token's traits add to the price of a plain one. */
  const rarityOf = (token: number) => {
    const draw = openStream(seed, purpose(Purpose.rarity), token);
    const rank = draw();
    if (rank < 0.75) return 0.05 * draw();
    return rank < 0.95 ? 0.08 + 0.4 * draw() : 0.6 + 1.2 * draw();
  };

  const open = (place: number, slice: number) => {
    const draw = openStream(seed, purpose(Purpose.story), place);
    const start = slice * SLICE_MS + Math.floor(draw() * SLICE_MS);
    return { draw, start, kind: draw(), term: drawTerm(draw) };
  };

  const tell = (place: number): Story | null => {
    const slice = Math.floor(place / places.per_slice);
    if (place - slice * places.per_slice >= arrivals(slice)) return null;
    const { draw, start, kind, term } = open(place, slice);
    const token = places.tokenAt(place);
    if (kind < TRANSFER_SHARE)
      return { type: "transfer", place, token, start, end: start, wallet: drawWallet(draw) };

    const rarity = rarityOf(token);
    const fair = (at: number) => mood.logPrice(sliceOf(at)) + rarity;
    if (kind < TRANSFER_SHARE + OFFER_SHARE) {
      const discount = 0.03 + 0.05 * drawExponential(draw);
      const wait = Math.min(LONGEST_OFFER_MS, 20_000 + Math.floor(480_000 * drawExponential(draw)));
      const units = humanUnits(Math.exp(fair(start) - discount), draw);
      const expires = start + 2 * LONGEST_OFFER_MS;
      return {
        type: "offer",
        place,
        token,
        start,
        end: start + wait,
        units,
        expires,
        wallet: drawWallet(draw),
      };
    }
    const chosenBySweep = (sweep: Sweep) =>
      openStream(seed, purpose(Purpose.sweep_choice), place * 4_096 + (sweep.block & 4_095))() < SWEPT_SHARE;
    return tellListing(
      { place, token, start },
      term,
      { fair, activity: (at) => mood.activity(sliceOf(at)), sweep: market.sweep, chosenBySweep },
      draw,
    );
  };

  return {
    at: keepRecent(tell, 6_000),
    outlines: keepRecent((slice) => {
      const first = slice * places.per_slice;
      return Array.from({ length: arrivals(slice) }, (_, index) => {
        const place = first + index;
        const { start, kind, term } = open(place, slice);
        if (kind < TRANSFER_SHARE) return { place, start, latest: start };
        if (kind < TRANSFER_SHARE + OFFER_SHARE) return { place, start, latest: start + LONGEST_OFFER_MS };
        return { place, start, latest: start + Math.min(term.expires, term.cancelled) };
      });
    }, 120),
  };
}
