import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  date,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import type { CorrectedEvent, Floor, FloorChange } from "../../contracts/market.ts";
import { bytea, time } from "./columns.ts";

const seq = (name: string) => bigint(name, { mode: "number" });

export const collections = pgTable(
  "collections",
  {
    id: text("id").primaryKey(),
    slug: text("slug").notNull(),
    name: text("name").notNull(),
    description: text("description"),
    image_url: text("image_url"),
    chain: text("chain"),
    contract: text("contract"),
    /** The unit that prices are compared in; the first priced event decides where no provider says. */
    currency: text("currency"),
    supply: numeric("supply", { precision: 78, scale: 0 }),
    /** Who described it; `room` where only its events are known. */
    source: text("source").notNull(),
    simulated: boolean("simulated").notNull().default(false),
    /** What the provider that described it states itself, never mixed with what we count. */
    provider_stats: jsonb("provider_stats"),
    created_at: time("created_at").notNull().defaultNow(),
    updated_at: time("updated_at").notNull().defaultNow(),
  },
  (table) => [uniqueIndex("collections_slug_key").on(table.slug)],
);

/** Where each room was when it last flushed. */
export const collection_state = pgTable("collection_state", {
  collection_id: text("collection_id")
    .primaryKey()
    .references(() => collections.id, { onDelete: "cascade" }),
  epoch: text("epoch").notNull(),
  seq: seq("seq").notNull(),
  floor: jsonb("floor").$type<Floor>(),
  floor_price: numeric("floor_price"),
  /** Its currency, with wrapped coins counted as what they wrap. */
  floor_unit: text("floor_unit"),
  listed_count: integer("listed_count").notNull(),
  last_price: numeric("last_price"),
  last_price_currency: text("last_price_currency"),
  last_price_source: text("last_price_source"),
  last_sale_at: time("last_sale_at"),
  updated_at: time("updated_at").notNull(),
});

export const market_events = pgTable(
  "market_events",
  {
    collection_id: text("collection_id")
      .notNull()
      .references(() => collections.id, { onDelete: "cascade" }),
    epoch: text("epoch").notNull(),
    seq: seq("seq").notNull(),
    event_key: text("event_key").notNull(),
    /** First 16 bytes of the key's SHA-256: a third of the index that the text would need. */
    event_key_hash: bytea("event_key_hash").notNull(),
    kind: text("kind").notNull(),
    token_id: text("token_id"),
    price: numeric("price"),
    total_price: numeric("total_price"),
    currency: text("currency"),
    /** `currency` with wrapped coins counted as what they wrap. */
    unit: text("unit"),
    price_usd: numeric("price_usd"),
    end_price: numeric("end_price"),
    starts_at: time("starts_at"),
    quantity: numeric("quantity", { precision: 78, scale: 0 }).notNull(),
    from_address: text("from_address"),
    to_address: text("to_address"),
    tx_hash: text("tx_hash"),
    block_number: bigint("block_number", { mode: "number" }),
    log_index: integer("log_index"),
    order_id: text("order_id"),
    marketplace: text("marketplace"),
    source: text("source").notNull(),
    corrects: text("corrects"),
    /** Hash of the key that `corrects` names, and of its turn: the `event_key_hash` of what is corrected. */
    corrects_hash: bytea("corrects_hash"),
    /** What was told again of it; null where nothing is corrected or the room did not know it. */
    corrected: jsonb("corrected").$type<CorrectedEvent[]>(),
    occurred_at: time("occurred_at").notNull(),
    expires_at: time("expires_at"),
    received_at: time("received_at").notNull(),
    floor_change: jsonb("floor_change").$type<FloorChange>(),
    raw: jsonb("raw"),
  },
  (table) => [
    primaryKey({ columns: [table.collection_id, table.epoch, table.seq] }),
    uniqueIndex("market_events_key").on(table.collection_id, table.event_key_hash),
    index("market_events_occurred").on(table.collection_id, table.occurred_at, table.seq),
    index("market_events_kind").on(table.collection_id, table.kind, table.occurred_at, table.seq),
    index("market_events_token").on(table.collection_id, table.token_id, table.occurred_at),
    // Without the time, so that Postgres keeps one entry for all events of a wallet.
    index("market_events_from").on(table.collection_id, table.from_address),
    index("market_events_to").on(table.collection_id, table.to_address),
    // Corrections are few, and lists of any kind look for them, by time and by number.
    index("market_events_corrections")
      .on(table.collection_id, table.occurred_at, table.seq)
      .where(sql`corrects is not null`),
    index("market_events_correction_numbers")
      .on(table.collection_id, table.epoch, table.seq)
      .where(sql`corrects is not null`),
    // Rows lie in the order of their receipt, so a few bytes a block find a span of it: for replays to webhooks.
    index("market_events_received").using("brin", table.received_at).with({ autosummarize: true }),
  ],
);

/** Events that a later one took back or replaced. They stay readable and count no more. */
export const event_corrections = pgTable(
  "event_corrections",
  {
    collection_id: text("collection_id")
      .notNull()
      .references(() => collections.id, { onDelete: "cascade" }),
    /** Hash of the key of the event that no longer counts. */
    event_key_hash: bytea("event_key_hash").notNull(),
    epoch: text("epoch").notNull(),
    seq: seq("seq").notNull(),
  },
  (table) => [primaryKey({ columns: [table.collection_id, table.event_key_hash] })],
);

/** One row a collection, grain (`minute`, `hour`, `day` in UTC), bucket and unit; `unit` is '' where no price is known. */
export const rollups = pgTable(
  "rollups",
  {
    collection_id: text("collection_id")
      .notNull()
      .references(() => collections.id, { onDelete: "cascade" }),
    grain: text("grain").notNull(),
    bucket: time("bucket").notNull(),
    unit: text("unit").notNull(),
    sales: bigint("sales", { mode: "number" }).notNull(),
    priced_sales: bigint("priced_sales", { mode: "number" }).notNull(),
    items: numeric("items").notNull(),
    priced_items: numeric("priced_items").notNull(),
    volume: numeric("volume").notNull(),
    usd_sales: bigint("usd_sales", { mode: "number" }).notNull(),
    volume_usd: numeric("volume_usd").notNull(),
    open: numeric("open"),
    open_at: time("open_at"),
    /** Its place on the chain, `CHAIN_PLACE`. */
    open_place: numeric("open_place").notNull().default("0"),
    open_seq: seq("open_seq"),
    high: numeric("high"),
    low: numeric("low"),
    close: numeric("close"),
    close_at: time("close_at"),
    close_place: numeric("close_place").notNull().default("0"),
    close_seq: seq("close_seq"),
    listings: bigint("listings", { mode: "number" }).notNull(),
    bids: bigint("bids", { mode: "number" }).notNull(),
    transfers: bigint("transfers", { mode: "number" }).notNull(),
    cancels: bigint("cancels", { mode: "number" }).notNull(),
    /** Who reported the sales of the row, sorted. */
    sources: text("sources").array().notNull(),
  },
  (table) => [primaryKey({ columns: [table.collection_id, table.grain, table.bucket, table.unit] })],
);

/** Wallets that bought or sold on a UTC day: distinct counts do not add up, so the members are kept. */
export const wallet_days = pgTable(
  "wallet_days",
  {
    collection_id: text("collection_id")
      .notNull()
      .references(() => collections.id, { onDelete: "cascade" }),
    day: date("day", { mode: "string" }).notNull(),
    address: text("address").notNull(),
    bought: integer("bought").notNull(),
    sold: integer("sold").notNull(),
  },
  (table) => [primaryKey({ columns: [table.collection_id, table.day, table.address] })],
);

/** Every move of a collection's floor, with its cause. `price` is null while nothing is listed. */
export const floor_changes = pgTable(
  "floor_changes",
  {
    collection_id: text("collection_id")
      .notNull()
      .references(() => collections.id, { onDelete: "cascade" }),
    epoch: text("epoch").notNull(),
    seq: seq("seq").notNull(),
    at: time("at").notNull(),
    /** When it came into force by the log: never before what the log had. Null in rows that are older than this column. */
    known_at: time("known_at"),
    cause: text("cause").notNull(),
    price: numeric("price"),
    unit: text("unit"),
    floor: jsonb("floor").$type<Floor>(),
  },
  (table) => [
    primaryKey({ columns: [table.collection_id, table.epoch, table.seq] }),
    index("floor_changes_at").on(table.collection_id, table.at),
  ],
);

/**
 * Listings that were told after the floor had moved on: between `at` and `until` they stood and nobody knew. Past floors are
 * read with them.
 */
export const late_listings = pgTable(
  "late_listings",
  {
    collection_id: text("collection_id")
      .notNull()
      .references(() => collections.id, { onDelete: "cascade" }),
    epoch: text("epoch").notNull(),
    seq: seq("seq").notNull(),
    at: time("at").notNull(),
    /** The newest move of the floor before it was told, from which on the floor knows of it; or when it ran out. */
    until: time("until").notNull(),
    price: numeric("price").notNull(),
    unit: text("unit").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.collection_id, table.epoch, table.seq] }),
    index("late_listings_until").on(table.collection_id, table.until),
  ],
);
