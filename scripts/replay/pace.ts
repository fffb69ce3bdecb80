import type { MarketEventInput } from "../../shared/contracts/market.ts";

export interface Pace {
  /** How many of the next events are due; all of them without a speed. */
  due(events: MarketEventInput[]): number;
  /** Milliseconds until an event is due. */
  wait(event: MarketEventInput): number;
}

/**
 * Keeps the gaps of a history, `speed` times as fast as it happened, from the first event on. An event that
 * is older than one before it is due with that one.
 */
export function createPace(speed: number | null, now: () => number): Pace {
  if (speed === null) return { due: (events) => events.length, wait: () => 0 };
  let begun: { at: number; event: number } | null = null;
  const dueAt = (event: MarketEventInput) => {
    const occurred = Date.parse(event.occurred_at);
    begun ??= { at: now(), event: occurred };
    return begun.at + (occurred - begun.event) / speed;
  };
  return {
    due(events) {
      const at = now();
      const first = events.findIndex((event) => dueAt(event) > at);
      return first === -1 ? events.length : first;
    },
    wait: (event) => Math.max(0, Math.ceil(dueAt(event) - now())),
  };
}
