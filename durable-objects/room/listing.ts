import type { MarketEvent } from "../../shared/contracts/market.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { sortKey } from "./sort-key.ts";
import type { SqlRow } from "./sql.ts";

/** A listing as the book keeps it; `quantity` is that of the whole lot, times are in milliseconds. */
export interface Listing extends SqlRow {
  order_id: string;
  /** 1 where its event named the order, 0 where its own key stands for it. */
  named: number;
  token_id: string | null;
  maker: string | null;
  marketplace: string | null;
  source: string;
  price: string;
  /** `price` as text that sorts as the number does. */
  sort: string;
  currency: string;
  unit: string;
  quantity: string;
  listed_at: number;
  expires_at: number | null;
  event_key: string;
}

/** The listing that an event tells; `null` where its price is not known. One without an order id is its own order. */
export function listingOf(event: MarketEvent): Listing | null {
  if (event.price === null || event.currency === null) return null;
  return {
    order_id: event.order_id ?? event.event_key,
    named: event.order_id === null ? 0 : 1,
    token_id: event.token_id,
    maker: event.from,
    marketplace: event.marketplace,
    source: event.source,
    price: event.price,
    sort: sortKey(event.price),
    currency: event.currency,
    unit: unitOf(event.currency),
    quantity: event.quantity,
    listed_at: Date.parse(event.occurred_at),
    expires_at: event.expires_at === null ? null : Date.parse(event.expires_at),
    event_key: event.event_key,
  };
}
