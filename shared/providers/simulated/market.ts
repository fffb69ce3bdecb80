import type { MarketEventInput } from "../../contracts/market.ts";
import { PULSE_BID_MS, PULSE_MS, STORY_MS, sliceOf } from "./clockwork.ts";
import type { SimulatedCollection } from "./collections.ts";
import { createHolders, type Holders } from "./holders.ts";
import { createMood } from "./mood.ts";
import { type Beat, createPulse } from "./pulse.ts";
import { createScribe } from "./scribe.ts";
import { createStories, type Story } from "./story.ts";
import { createSweeps } from "./sweeps.ts";
import { tellBeat } from "./tell-beat.ts";
import { tellStory } from "./tell-story.ts";
import { createPlaces } from "./tokens.ts";
import { nextWallet } from "./wallets.ts";

/** A simulated collection's market, of which any span can be told without what came before it. */
export interface SimulatedMarket {
  /** What happens from `from` until before `to` (ms), oldest first. */
  between(from: number, to: number): MarketEventInput[];
  /** The listings made from `from` until before `to` that are still open at `standing`, oldest first. */
  openListings(from: number, to: number, standing: number): MarketEventInput[];
  holders: Holders;
}

function inOrder(events: MarketEventInput[]): MarketEventInput[] {
  return events.sort((left, right) => {
    if (left.occurred_at !== right.occurred_at) return left.occurred_at < right.occurred_at ? -1 : 1;
    return left.event_key < right.event_key ? -1 : 1;
  });
}

export function createMarket(seed: number, collection: SimulatedCollection): SimulatedMarket {
  const mood = createMood(seed, collection);
  const places = createPlaces(seed, collection);
  const sweep = createSweeps(seed, collection);
  const stories = createStories(seed, collection, { places, mood, sweep });
  const holders = createHolders(seed, collection, places, stories);
  const pulse = createPulse(seed, collection, mood);
  const scribe = createScribe(seed, collection);

  function* storiesTouching(from: number, to: number): Generator<Story> {
    for (let slice = sliceOf(from - STORY_MS); slice <= sliceOf(to); slice += 1)
      for (const outline of stories.outlines(slice)) {
        if (outline.latest < from || outline.start >= to) continue;
        const story = stories.at(outline.place);
        if (story !== null && story.end >= from) yield story;
      }
  }
  const eventsOf = (story: Story) =>
    tellStory(story, holders.before(story.place), holders.after(story), scribe);

  const bidderOf = (beat: Beat): number => {
    if (beat.type === "metadata") return 0;
    if (beat.token === null) return beat.wallet;
    const holder = holders.at(beat.token, sliceOf(beat.at), beat.at);
    return holder === beat.wallet ? nextWallet(holder) : beat.wallet;
  };

  return {
    holders,
    between(from, to) {
      const first = new Date(from).toISOString();
      const last = new Date(to).toISOString();
      const found: MarketEventInput[] = [];
      const keep = (events: MarketEventInput[]) => {
        for (const event of events)
          if (event.occurred_at >= first && event.occurred_at < last) found.push(event);
      };
      for (const story of storiesTouching(from, to)) {
        const quiet =
          story.type === "listing" &&
          story.end >= to &&
          story.legs.every((leg) => leg.at < from || leg.at >= to);
        if (!quiet) keep(eventsOf(story));
      }
      const oldest = Math.floor((from - PULSE_BID_MS) / PULSE_MS) - 1;
      for (let index = oldest; index <= Math.floor(to / PULSE_MS); index += 1) {
        const beat = pulse(index);
        if (beat === null) continue;
        const ends = beat.type === "bid" ? (beat.cancelled ?? -1) : -1;
        if ((beat.at >= from && beat.at < to) || (ends >= from && ends < to))
          keep(tellBeat(beat, bidderOf(beat), scribe));
      }
      return inOrder(found);
    },
    openListings(from, to, standing) {
      const found: MarketEventInput[] = [];
      for (const story of storiesTouching(from, standing)) {
        if (story.type !== "listing" || story.end < standing) continue;
        const open = story.legs.findLastIndex((leg) => leg.at < standing);
        const at = story.legs[open]?.at;
        const event = eventsOf(story)[open];
        if (at !== undefined && event !== undefined && at >= from && at < to) found.push(event);
      }
      return inOrder(found);
    },
  };
}
