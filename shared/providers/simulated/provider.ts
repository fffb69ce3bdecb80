import { z } from "zod";
import { type MarketEventInput, SIMULATED_SOURCE } from "../../contracts/market.ts";
import { compareMoney } from "../../domain/money.ts";
import { AppError } from "../../platform/errors.ts";
import type { CollectionInfo, PollResult, Provider } from "../provider.ts";
import { STORY_MS } from "./clockwork.ts";
import { describeCollection, SIMULATED_COLLECTIONS, type SimulatedCollection } from "./collections.ts";
import { createMarket, type SimulatedMarket } from "./market.ts";

/** A first poll tells this much of the past, so that charts have something to show. */
export const HISTORY_MS = 3 * 3_600_000;
/** Longer than any story and than the history, which takes a while to be told. */
const FORGOTTEN_AFTER_MS = 2 * Math.max(STORY_MS, HISTORY_MS);
/** No poll tells more than this, or more than so many events. */
const STRETCH_MS = 15 * 60_000;
const MOST_EVENTS = 500;

/**
 * `at` is the first millisecond not told yet. Before `live_from`, only the listings that are still open then
 * are told: the book as a newcomer finds it.
 */
const SimulatedCursor = z.object({ at: z.number().int(), live_from: z.number().int() });
type SimulatedCursor = z.infer<typeof SimulatedCursor>;

/** The events up to the limit, cut between two milliseconds, and the first millisecond left out. */
function cut(events: MarketEventInput[], to: number): { events: MarketEventInput[]; at: number } {
  const next = events[MOST_EVENTS]?.occurred_at;
  if (next === undefined) return { events, at: to };
  const whole = events.filter((event) => event.occurred_at < next);
  return { events: whole, at: Date.parse(next) };
}

function collectionOf(slug: string): SimulatedCollection {
  const collection = SIMULATED_COLLECTIONS.find((entry) => entry.slug === slug);
  if (collection !== undefined) return collection;
  throw new AppError("not_found", `The simulated market has no collection "${slug}".`);
}

/**
 * Markets are pure functions of seed and time; what they remember only makes them quicker, so they may
 * outlive the provider that asked first.
 */
const MARKETS = new Map<string, SimulatedMarket>();
const MOST_MARKETS = 2 * SIMULATED_COLLECTIONS.length;

function marketOf(seed: number, slug: string): SimulatedMarket {
  const name = `${seed} ${slug}`;
  const market = MARKETS.get(name) ?? createMarket(seed, collectionOf(slug));
  if (!MARKETS.has(name) && MARKETS.size >= MOST_MARKETS) MARKETS.clear();
  MARKETS.set(name, market);
  return market;
}

function findFloor(listings: MarketEventInput[]): MarketEventInput | null {
  let lowest: MarketEventInput | null = null;
  for (const listing of listings)
    if (listing.price && (!lowest?.price || compareMoney(listing.price, lowest.price) < 0)) lowest = listing;
  return lowest;
}

/**
 * The keyless market: invented collections whose events follow from the seed and the time alone, so that a
 * restart, another isolate or another rhythm of polling tells the same story. Throws `not_found` for any
 * other collection.
 */
export function createSimulatedProvider(settings: {
  seed: number;
  now: () => number;
}): Provider & { collections: CollectionInfo[] } {
  /** Who was away for so long that every listing he knows of has expired begins anew. */
  const begin = (since: SimulatedCursor | null, now: number): SimulatedCursor =>
    since !== null && Math.max(since.at, since.live_from) >= now - FORGOTTEN_AFTER_MS
      ? since
      : { at: now - HISTORY_MS - STORY_MS, live_from: now - HISTORY_MS };

  return {
    name: SIMULATED_SOURCE,
    simulated: true,
    collections: SIMULATED_COLLECTIONS.map(describeCollection),

    async poll(slug, since): Promise<PollResult> {
      const market = marketOf(settings.seed, slug);
      const now = settings.now();
      const { at, live_from } = begin(since === null ? null : SimulatedCursor.parse(since), now);
      const book = at < live_from;
      const to = book ? live_from : Math.max(at, Math.min(now, at + STRETCH_MS));
      const found = book ? market.openListings(at, to, live_from) : market.between(at, to);
      const told = cut(found, to);
      return { events: told.events, cursor: { at: told.at, live_from }, more: told.at < now };
    },

    async collection(slug) {
      return describeCollection(collectionOf(slug));
    },

    async stats(slug) {
      const market = marketOf(settings.seed, slug);
      const now = settings.now();
      const floor = findFloor(market.openListings(now - STORY_MS, now, now));
      return {
        floor: floor?.price ?? null,
        floor_currency: floor?.currency ?? null,
        owners: null,
        // It has no first day, so that there is no total to give.
        total_sales: null,
        total_volume: null,
        as_of: new Date(now).toISOString(),
      };
    },
  };
}
