import Big from "big.js";
import type { LiveFilter } from "../../shared/contracts/live.ts";
import type { EventKind } from "../../shared/contracts/market.ts";

/** A subscriber's filter, ready to use. `key` is the same for filters that let the same events pass. */
export interface Filter {
  key: string;
  source: LiveFilter;
  passes(event: FilterableEvent): boolean;
}

export interface FilterableEvent {
  kind: EventKind;
  price: string | null;
}

/** Builds the filter of a subscription; `null` where everything passes. */
export function createFilter(source: LiveFilter): Filter | null {
  if (source.kinds === undefined && source.min_price === undefined) return null;
  const kinds = source.kinds && new Set(source.kinds);
  const lowest = source.min_price === undefined ? undefined : new Big(source.min_price);
  const key = JSON.stringify([kinds && [...kinds].sort(), lowest?.toFixed()]);
  return {
    key,
    source,
    passes: (event) =>
      (kinds === undefined || kinds.has(event.kind)) &&
      (lowest === undefined || (event.price !== null && lowest.lte(event.price))),
  };
}
