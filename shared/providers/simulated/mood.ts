import { NEWS_BLOCK_MS, SLICE_MS } from "./clockwork.ts";
import type { SimulatedCollection } from "./collections.ts";
import { keepRecent } from "./keep-recent.ts";
import { type PathShape, pathAt } from "./path.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { drawExponential, openStream } from "./random.ts";

const PRICE_SHAPE: PathShape = { spread: 0.22, half_life: (36 * 3_600_000) / SLICE_MS };
const ETH_SHAPE: PathShape = { spread: 0.12, half_life: (120 * 3_600_000) / SLICE_MS };
const ETH_USD = 3_000;

const NEWS_CHANCE = 0.15;
const NEWS_BLOCKS_BACK = 8;
const NEWS_PRICE_FADE_MS = 12 * 3_600_000;
const NEWS_CROWD_FADE_MS = 40 * 60_000;
const BURST_CHANCE = 0.07;
const BURST_SLICES_BACK = 10;
const BURST_FADE_SLICES = 2.5;
/** Nothing is busier than this many times its average. */
export const MOST_ACTIVITY = 2.5;

/** How a collection's market is disposed, slice by slice. */
export interface Mood {
  /** Log of the fair price of a plain item, in ETH. */
  logPrice(slice: number): number;
  /** How busy it is; about 1 on average, never above `MOST_ACTIVITY`. */
  activity(slice: number): number;
}

/**
 * Prices revert to their mean but for rare news, which moves them at once and fades; news and small bursts
 * bring crowds that thin out again, over the rhythm of the day.
 */
export function createMood(seed: number, collection: SimulatedCollection): Mood {
  const { number } = collection;
  const center = Math.log(collection.price);

  const newsOf = keepRecent((block) => {
    const draw = openStream(seed, purposeOf(number, Purpose.news), block);
    if (draw() >= NEWS_CHANCE) return null;
    const size = 0.06 + 0.08 * drawExponential(draw);
    return { at: (block + draw()) * NEWS_BLOCK_MS, jump: draw() < 0.55 ? size : -size };
  });
  const burstOf = keepRecent((slice) => {
    const draw = openStream(seed, purposeOf(number, Purpose.burst), slice);
    return draw() < BURST_CHANCE ? 0.5 + 1.2 * drawExponential(draw) : 0;
  });
  const sumNews = (at: number, weigh: (jump: number, age: number) => number) => {
    const last = Math.floor(at / NEWS_BLOCK_MS);
    let sum = 0;
    for (let block = last - NEWS_BLOCKS_BACK; block <= last; block += 1) {
      const news = newsOf(block);
      if (news !== null && news.at <= at) sum += weigh(news.jump, at - news.at);
    }
    return sum;
  };

  return {
    logPrice: keepRecent((slice) => {
      const news = sumNews(slice * SLICE_MS, (jump, age) => jump * Math.exp(-age / NEWS_PRICE_FADE_MS));
      return center + pathAt(seed, number, PRICE_SHAPE, slice) + news;
    }),
    activity: keepRecent((slice) => {
      const at = slice * SLICE_MS;
      const hour = (at / 3_600_000) % 24;
      const day = 0.85 + 0.35 * Math.cos((2 * Math.PI * (hour - collection.busy_hour)) / 24);
      let crowd = sumNews(at, (jump, age) => 12 * Math.abs(jump) * Math.exp(-age / NEWS_CROWD_FADE_MS));
      for (let back = 0; back <= BURST_SLICES_BACK; back += 1)
        crowd += burstOf(slice - back) * Math.exp(-back / BURST_FADE_SLICES);
      return Math.min(MOST_ACTIVITY, day * (0.75 + crowd));
    }),
  };
}

/** The simulated rate of ETH in whole US cents. */
export function createEthRate(seed: number): (at: number) => number {
  const rate = keepRecent((slice) => Math.round(ETH_USD * 100 * Math.exp(pathAt(seed, 0, ETH_SHAPE, slice))));
  return (at) => rate(Math.floor(at / SLICE_MS));
}
