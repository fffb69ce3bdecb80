/** Arrivals are counted, and prices and moods stand still, within one of these. */
export const SLICE_MS = 300_000;
/** No story lasts longer, so whatever happens at a time was begun at most this long before. */
export const STORY_MS = 3 * 3_600_000;
/** A bid that its token's holder accepts is accepted within this time. */
export const LONGEST_OFFER_MS = 90 * 60_000;
/** Sweeps and news: at most one in each. */
export const SWEEP_BLOCK_MS = 30 * 60_000;
export const NEWS_BLOCK_MS = 6 * 3_600_000;
/** The pulse: one event of the whole market in each. */
export const PULSE_MS = 1_200;
/** No bid of the pulse is open longer. */
export const PULSE_BID_MS = 10 * 60_000;

export function sliceOf(at: number): number {
  return Math.floor(at / SLICE_MS);
}
