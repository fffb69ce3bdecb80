import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import {
  CorrectedEvent,
  EventKind,
  FloorChange,
  type MarketEvent,
  SIMULATED_SOURCE,
} from "../contracts/market.ts";
import { TimeColumn } from "../db/instant.ts";

/** What a published event is made of, of `market_events e`. */
export const EVENT_COLUMNS: SQL = sql.raw(
  `e.event_key, e.kind, e.epoch, e.seq, e.token_id, e.price, e.total_price, e.currency,
   e.price_usd, e.end_price, e.starts_at, e.quantity, e.from_address, e.to_address, e.tx_hash, e.block_number, e.log_index, e.order_id, e.marketplace, e.source, e.corrects, e.corrected,
   e.occurred_at, e.expires_at, e.received_at, e.floor_change`,
);

/** Leaves out the events that a later one took back or replaced. */
export const NOT_CORRECTED: SQL = sql.raw(
  `not exists (select from event_corrections k
    where k.collection_id = e.collection_id and k.event_key_hash = e.event_key_hash)`,
);

const text = z.string().nullable();

/** A row of `EVENT_COLUMNS`. */
const EventRow = z.object({
  event_key: z.string(),
  kind: EventKind,
  epoch: z.string(),
  seq: z.coerce.number(),
  token_id: text,
  price: text,
  total_price: text,
  currency: text,
  price_usd: text,
  end_price: text,
  starts_at: TimeColumn.nullable(),
  quantity: z.string(),
  from_address: text,
  to_address: text,
  tx_hash: text,
  block_number: z.coerce.number().nullable(),
  log_index: z.number().nullable(),
  order_id: text,
  marketplace: text,
  source: z.string(),
  corrects: text,
  corrected: z.array(CorrectedEvent).nullable(),
  occurred_at: TimeColumn,
  expires_at: TimeColumn.nullable(),
  received_at: TimeColumn,
  floor_change: FloorChange.nullable(),
});

/** Rows of `EVENT_COLUMNS` of one collection, as they were sent live. */
export function toEvents(slug: string, rows: unknown[]): MarketEvent[] {
  return EventRow.array()
    .parse(rows)
    .map(({ from_address, to_address, ...row }) => ({
      ...row,
      corrected: row.corrected ?? [],
      collection: slug,
      price_basis: "item",
      from: from_address,
      to: to_address,
      simulated: row.source === SIMULATED_SOURCE,
    }));
}
