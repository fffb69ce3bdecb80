import Big from "big.js";
import { LiveFilter } from "../../shared/contracts/live.ts";
import { MAX_CORRECTED, MarketEvent } from "../../shared/contracts/market.ts";

/** A subscriber's filter, ready to use. `key` is the same for filters that let the same events pass. */
export interface Filter {
  key: string;
  /** What it was made of, and can be made of again. */
  source: Record<string, unknown>;
  /** @param body the JSON text of an event. */
  passes(body: string): boolean;
}

/** Makes the filter of what a subscriber asked for, or of a filter's own `source`; `null` where everything passes. */
export type FilterReader = (asked: unknown) => Filter | null;

const Filterable = MarketEvent.pick({
  event_key: true,
  kind: true,
  price: true,
  corrects: true,
  corrected: true,
});

/**
 * The filter of market events, by kind and lowest price. What corrects an event passes where that one passed, whether by
 * itself or by what it had corrected; where the room does not know all of that, it passes everywhere.
 */
export const readMarketFilter: FilterReader = (asked) => {
  const source = LiveFilter.parse(asked);
  if (source.kinds === undefined && source.min_price === undefined) return null;
  const kinds = source.kinds && new Set(source.kinds);
  const lowest = source.min_price === undefined ? undefined : new Big(source.min_price);
  const key = JSON.stringify([kinds && [...kinds].sort(), lowest?.toFixed()]);
  const fits = ({ kind, price }: Pick<MarketEvent, "kind" | "price">) =>
    (kinds === undefined || kinds.has(kind)) &&
    (lowest === undefined || (price !== null && lowest.lte(price)));
  return {
    key,
    source,
    passes: (body) => {
      const event = Filterable.parse(JSON.parse(body));
      if (fits(event)) return true;
      if (event.corrects === null || event.corrects === event.event_key) return false;
      const { corrected } = event;
      return corrected.length === 0 || corrected.length === MAX_CORRECTED || corrected.some(fits);
    },
  };
};
