import { z } from "zod";
/** At most `limit` calls in any stretch of `window_ms`. */
export interface Quota {
  limit: number;
  window_ms: number;
}

/** Calls counted by slot: `[slot, calls]`, oldest first. */
export const SlotCounts = z.array(z.tuple([z.number(), z.number()]));
export type SlotCounts = z.infer<typeof SlotCounts>;

/** A window is counted in this many slots: what is lost to rounding is at most one sixtieth of the window. */
const SLOTS = 60;

/**
 * A stretch of one window touches the current slot and the `SLOTS` before it, so as long as those together
 * stay within the limit no stretch can exceed it, wherever it begins.
 */
function recent(counts: SlotCounts, slot: number): SlotCounts {
  return counts.filter(([at]) => at >= slot - SLOTS);
}

const slotOf = (quota: Quota, now: number) => Math.floor(now / (quota.window_ms / SLOTS));

/** Milliseconds until one more call fits; 0 when it fits now. */
export function quotaWait(quota: Quota, counts: SlotCounts, now: number): number {
  const kept = recent(counts, slotOf(quota, now));
  let over = kept.reduce((sum, [, calls]) => sum + calls, 0) - quota.limit + 1;
  if (over <= 0) return 0;
  for (const [slot, calls] of kept) {
    over -= calls;
    if (over <= 0) return Math.max(1, Math.ceil((slot + SLOTS + 1) * (quota.window_ms / SLOTS) - now));
  }
  return quota.window_ms;
}

/** Counts a call that is about to be made. */
export function countCall(quota: Quota, counts: SlotCounts, now: number): SlotCounts {
  const slot = slotOf(quota, now);
  const kept = recent(counts, slot);
  const last = kept.at(-1);
  if (last?.[0] === slot) return [...kept.slice(0, -1), [slot, last[1] + 1]];
  return [...kept, [slot, 1]];
}
