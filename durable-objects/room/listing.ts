import type { MarketEvent } from "../../shared/contracts/market.ts";
import { compareMoney } from "../../shared/domain/money.ts";
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
  /** Where the price moves by itself, what it is at `expires_at`. */
  end_price: string | null;
  /** When it can first be filled; `null`: at once. */
  starts_at: number | null;
  /** The lowest that the price ever is, as text that sorts as the number does. */
  sort: string;
  currency: string;
  unit: string;
  quantity: string;
  listed_at: number;
  expires_at: number | null;
  event_key: string;
}

function lowestOf(price: string, end_price: string | null): string {
  return end_price !== null && compareMoney(end_price, price) < 0 ? end_price : price;
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
    end_price: event.end_price,
    starts_at: event.starts_at === null ? null : Date.parse(event.starts_at),
    sort: sortKey(lowestOf(event.price, event.end_price)),
    currency: event.currency,
    unit: unitOf(event.currency),
    quantity: event.quantity,
    listed_at: Date.parse(event.occurred_at),
    expires_at: event.expires_at === null ? null : Date.parse(event.expires_at),
    event_key: event.event_key,
  };
}
