import { MarketEvent } from "../../shared/contracts/market.ts";
import { addBodyVersion, addKeyBrief, makeLogTables } from "../storage/log-tables.ts";
import { MARKET_EVENT_BODY } from "./event-body.ts";
import type { LogStorage } from "./event-log.ts";
import { countedOf } from "./recent.ts";
import { addColumn, type Sql } from "./sql.ts";

const FIRST_TABLES = `
  create table if not exists book (
    order_id text primary key, token_id text, maker text, marketplace text, source text not null,
    price text not null, sort text not null, currency text not null, unit text not null,
    quantity text not null, listed_at integer not null, expires_at integer, event_key text not null
  ) without rowid;
  create index if not exists book_floor on book (unit, sort);
  create index if not exists book_token on book (token_id);
  create index if not exists book_event on book (event_key);
  create index if not exists book_expiry on book (expires_at) where expires_at is not null;
  create index if not exists book_maker on book (maker);
  create table if not exists closed_listings (
    order_id text not null, token_id text, maker text, marketplace text, source text not null,
    price text not null, sort text not null, currency text not null, unit text not null,
    quantity text not null, listed_at integer not null, expires_at integer, event_key text primary key,
    closed_by text, closed_at integer not null
  ) without rowid;
  create index if not exists closed_listings_by on closed_listings (closed_by);
  create index if not exists closed_listings_order on closed_listings (order_id);
  create index if not exists closed_listings_token on closed_listings (token_id, maker);
  create index if not exists closed_listings_at on closed_listings (closed_at);
  create table if not exists order_ends (
    order_id text not null, event_key text not null, at integer not null, quantity text,
    told_at integer not null, primary key (order_id, event_key)
  ) without rowid;
  create index if not exists order_ends_event on order_ends (event_key);
  create index if not exists order_ends_told on order_ends (told_at);
  create table if not exists token_ends (
    token_id text not null, event_key text not null, at integer not null, kind text not null,
    holder text, marketplace text, order_id text, told_at integer not null, primary key (token_id, event_key)
  ) without rowid;
  create index if not exists token_ends_holder on token_ends (token_id, holder);
  create index if not exists token_ends_event on token_ends (event_key);
  create index if not exists token_ends_told on token_ends (told_at);
  create table if not exists recent_sales (
    seq integer primary key, at integer not null, event_key text not null, body text not null
  );
  create index if not exists recent_sales_at on recent_sales (at, seq);
  create index if not exists recent_sales_key on recent_sales (event_key);
  create table if not exists retracted (event_key text primary key, at integer not null) without rowid;
  create table if not exists sale_minutes (
    minute integer not null, unit text not null, source text not null,
    sales integer not null, volume text not null, primary key (minute, unit, source)
  ) without rowid;
  create table if not exists facts (name text primary key, value text not null) without rowid;
  create table if not exists pending_raw (seq integer primary key, body text not null);
  create table if not exists key_turns (
    seq integer primary key, turn integer not null, corrects_turn integer not null);
  create table if not exists set_aside (
    seq integer primary key, at integer not null, sqlstate text not null, body text not null, raw text
  );
  create table if not exists relays (name text primary key, at integer not null) without rowid;
`;

/** Columns that listings were given before storages had versions. */
const LISTING_COLUMNS = { named: "integer", end_price: "text", starts_at: "integer" } as const;

/** What rooms had when storages were given versions, for those that are new and those of any age before. */
function makeFirstTables(sql: Sql): void {
  makeLogTables(sql);
  sql.all(FIRST_TABLES);
  for (const table of ["book", "closed_listings"])
    for (const [column, type] of Object.entries(LISTING_COLUMNS))
      if (addColumn(sql, table, column, type) && column === "named")
        sql.all(`update ${table} set named = order_id <> event_key`);
  sql.all(
    "create index if not exists book_timed on book (unit, sort) where end_price is not null or starts_at is not null",
  );
  addColumn(sql, "recent_sales", "block", "integer not null default 0");
  addColumn(sql, "recent_sales", "log", "integer not null default 0");
  sql.all("create index if not exists recent_sales_order on recent_sales (at, block, log, seq)");
}

const SALES_AT_ONCE = 1000;

/** Sales had a copy of their texts, as long as the log's own. */
function keepSaleBodiesOnce(sql: Sql): void {
  sql.all(`
    create table sale_bodies (seq integer primary key, body text not null, v integer not null);
    alter table recent_sales rename to old_sales;
    create table recent_sales (
      seq integer primary key, at integer not null, block integer not null, log integer not null,
      event_key text not null, unit text not null, source text not null, amount text not null
    );
  `);
  type OldSale = { seq: number; at: number; block: number; log: number; body: string; v: number };
  // A page at a time: the texts of two busy days need not fit into memory together.
  for (let last = -1; ; ) {
    const page = sql.all<OldSale>(
      "select seq, at, block, log, body, v from old_sales where seq > ? order by seq limit ?",
      last,
      SALES_AT_ONCE,
    );
    for (const { seq, at, block, log, body, v } of page) {
      const event = MarketEvent.parse(JSON.parse(MARKET_EVENT_BODY.read(body, v)));
      const { unit, source, amount } = countedOf(event);
      sql.all(
        "insert into recent_sales (seq, at, block, log, event_key, unit, source, amount) values (?, ?, ?, ?, ?, ?, ?, ?)",
        seq,
        at,
        block,
        log,
        event.event_key,
        unit,
        source,
        amount,
      );
    }
    if (page.length < SALES_AT_ONCE) break;
    last = page.at(-1)?.seq ?? last;
  }
  // Where the log has forgotten the event, and nowhere else.
  sql.all(
    "insert into sale_bodies select seq, body, v from old_sales where seq not in (select seq from log)",
  );
  sql.all(`
    drop table old_sales;
    create index recent_sales_order on recent_sales (at, block, log, seq);
    create index recent_sales_key on recent_sales (event_key);
  `);
}

/**
 * Each index costs a row with every row that is written. Those by time were read only to forget what is old, for which the
 * table is read once a day instead; that of recent sales by key, where the key's number is known anyway.
 */
function writeFewerIndexes(sql: Sql): void {
  for (const name of [
    "keys_at",
    "order_ends_told",
    "token_ends_told",
    "closed_listings_at",
    "recent_sales_key",
  ])
    sql.all(`drop index if exists ${name}`);
  // The whole order of the floor: many listings at one price would all be read for the first of them.
  sql.all("drop index if exists book_floor");
  sql.all("create index book_floor on book (unit, sort, listed_at, order_id)");
}

/** The storage of a `CollectionRoom`; its steps are only ever appended to. */
export const ROOM_STORAGE: LogStorage = {
  migrations: [
    makeFirstTables,
    (sql) => {
      for (const table of ["log", "recent_sales", "set_aside"]) addBodyVersion(sql, table);
    },
    addKeyBrief,
    keepSaleBodiesOnce,
    writeFewerIndexes,
  ],
  format: MARKET_EVENT_BODY,
};
