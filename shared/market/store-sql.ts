import { type SQL, sql } from "drizzle-orm";
import { isWatched } from "../alerts/watched-sql.ts";
import { idOf } from "./collection-id-sql.ts";
import {
  chainPlace,
  GRAINS,
  MERGE_ROLLUP,
  MERGE_WALLET_DAY,
  ROLLUP_COLUMNS,
  rollUp,
  walletDays,
} from "./rollup-sql.ts";

/**
 * The collection, new or old, locked until the end of the transaction, so that two flushes of one collection
 * take turns. A description that a provider gave stays.
 */
export function claimCollection(row: {
  id: string;
  slug: string;
  currency: string | null;
  simulated: boolean;
  at: string;
}): SQL {
  // The row is locked even where the condition is false and nothing is written.
  return sql`
    insert into collections (id, slug, name, currency, source, simulated, created_at, updated_at)
    values (${row.id}, ${row.slug}, ${row.slug}, ${row.currency}, 'room', ${row.simulated}, ${row.at}, ${row.at})
    on conflict (slug) do update set
      currency = coalesce(collections.currency, excluded.currency),
      simulated = collections.simulated or excluded.simulated,
      updated_at = excluded.updated_at
    where (collections.currency is null and excluded.currency is not null)
      or (excluded.simulated and not collections.simulated)`;
}

/**
 * Inserts the events (JSON array of `FlushEvent`) and counts those that were really new: a repeated flush
 * inserts nothing and so counts nothing. Answers how many were new, and whether an alert rule looks at the collection.
 */
export function storeAndCount(slug: string, events: string): SQL {
  return sql`
    with input as materialized (
      select * from json_to_recordset(${events}::json) as i(
        epoch text, seq bigint, event_key text, key_hash text, kind text, token_id text, price numeric,
        total_price numeric, currency text, unit text, price_usd numeric, end_price numeric, starts_at timestamptz, quantity numeric, "from" text, "to" text,
        tx_hash text, block_number bigint, log_index integer, order_id text, marketplace text, source text, corrects text, corrects_hash text, corrected jsonb, occurred_at timestamptz,
        expires_at timestamptz, received_at timestamptz, floor_change jsonb, floor_unit text, raw jsonb)
    ),
    target as materialized (select id from collections where slug = ${slug}),
    stored as (
      insert into market_events (collection_id, epoch, seq, event_key, event_key_hash, kind, token_id, price,
        total_price, currency, unit, price_usd, end_price, starts_at, quantity, from_address, to_address, tx_hash, block_number, log_index, order_id, marketplace,
        source, corrects, corrects_hash, corrected, occurred_at, expires_at, received_at, floor_change, raw)
      select target.id, i.epoch, i.seq, i.event_key, decode(i.key_hash, 'hex'), i.kind, i.token_id, i.price,
        i.total_price, i.currency, i.unit, i.price_usd, i.end_price, i.starts_at, i.quantity, i."from", i."to", i.tx_hash, i.block_number, i.log_index, i.order_id,
        i.marketplace, i.source, i.corrects, decode(i.corrects_hash, 'hex'), nullif(i.corrected, '[]'), i.occurred_at, i.expires_at, i.received_at, i.floor_change, i.raw
      from input i cross join target
      on conflict do nothing
      returning *
    ),
    counted as materialized (
      select * from stored s where not exists (
        select from event_corrections c
        where c.collection_id = s.collection_id and c.event_key_hash = s.event_key_hash)
    ),
    -- What the log and the floor had come to by each event, with what was stored before.
    before as materialized (
      select (select max(least(e.occurred_at, e.received_at)) from (
          select e.occurred_at, e.received_at from market_events e
          where e.collection_id = target.id and (e.epoch, e.seq) < (first.epoch, first.seq) and e.epoch = first.epoch
          order by e.seq desc limit 100) e) as newest,
        (select max(f.at) from floor_changes f where f.collection_id = target.id) as moved
      from target cross join (select epoch, seq from input order by epoch collate "C", seq limit 1) first
    ),
    known as materialized (
      select i.epoch, i.seq,
        greatest((select newest from before), max(least(i.occurred_at, i.received_at)) over log) as newest,
        greatest((select moved from before), max((i.floor_change->>'at')::timestamptz) over log) as moved
      from input i window log as (order by i.epoch collate "C", i.seq)
    ),
    floors as (
      insert into floor_changes (collection_id, epoch, seq, at, known_at, cause, price, unit, floor)
      select s.collection_id, s.epoch, s.seq, (s.floor_change->>'at')::timestamptz, k.newest, s.floor_change->>'cause',
        (s.floor_change#>>'{floor,price}')::numeric, i.floor_unit, nullif(s.floor_change->'floor', 'null'::jsonb)
      from stored s join input i using (epoch, seq) join known k using (epoch, seq) where s.floor_change is not null
      on conflict do nothing
    ),
    late as (
      insert into late_listings (collection_id, epoch, seq, at, until, price, unit)
      select s.collection_id, s.epoch, s.seq, s.occurred_at, least(k.moved, s.expires_at), s.price, s.unit
      from stored s join known k using (epoch, seq)
      where s.kind = 'listing' and s.price is not null and s.unit is not null and s.floor_change is null
        and s.occurred_at < least(k.moved, s.expires_at)
      on conflict do nothing
    ),
    rolled as (
      insert into rollups (${ROLLUP_COLUMNS})
      ${rollUp(
        sql`(select id from target)`,
        sql`select e.*, g.grain, date_trunc(g.grain, e.occurred_at, 'UTC') as bucket from counted e cross join ${GRAINS}`,
      )}
      ${MERGE_ROLLUP}
    ),
    wallets as (
      insert into wallet_days (collection_id, day, address, bought, sold)
      ${walletDays(sql`(select id from target)`, sql`select * from counted`)}
      ${MERGE_WALLET_DAY}
    )
    select count(*)::int as inserted, ${isWatched(sql`${slug}`)} as watched from stored`;
}

/** Sorts the position of a room: epochs by the time in their name, then the number, then the time of the report. */
const isAhead =
  sql.raw(`(collection_state.epoch collate "C", collection_state.seq, collection_state.updated_at)
  <= (excluded.epoch collate "C", excluded.seq, excluded.updated_at)`);

/** Where the room stands. Goes forward only, however late an older flush comes. */
export function moveState(
  slug: string,
  state: {
    epoch: string;
    seq: number;
    floor: string | null;
    floor_price: string | null;
    floor_unit: string | null;
    listed_count: number;
    updated_at: string;
  },
): SQL {
  return sql`
    insert into collection_state (collection_id, epoch, seq, floor, floor_price, floor_unit, listed_count,
      updated_at)
    values (${idOf(slug)}, ${state.epoch}, ${state.seq}::bigint, ${state.floor}::jsonb, ${state.floor_price}::numeric,
      ${state.floor_unit},       ${state.listed_count}::int, ${state.updated_at}::timestamptz)
    on conflict (collection_id) do update set epoch = excluded.epoch, seq = excluded.seq, floor = excluded.floor,
      floor_price = excluded.floor_price, floor_unit = excluded.floor_unit, listed_count = excluded.listed_count, updated_at = excluded.updated_at
    where ${isAhead}`;
}

/**
 * The last sale in the collection's own currency, by the time that it happened, read from the events: late
 * ones and corrections included.
 */
export function refreshLastSale(slug: string): SQL {
  return sql`
    with target as (select id, currency from collections where slug = ${slug})
    update collection_state t set last_price = s.price, last_price_currency = s.currency,
      last_price_source = s.source, last_sale_at = s.occurred_at
    from target left join lateral (
      select e.price, e.currency, e.source, e.occurred_at from market_events e
      where e.collection_id = target.id and e.kind = 'sale' and e.price is not null
        and (target.currency is null or e.unit = target.currency)
        and not exists (select from event_corrections c
          where c.collection_id = e.collection_id and c.event_key_hash = e.event_key_hash)
      order by e.occurred_at desc, ${chainPlace("e")} desc, e.seq desc, e.epoch desc
      limit 1
    ) s on true
    where t.collection_id = target.id
      and (t.last_price, t.last_price_currency, t.last_price_source, t.last_sale_at)
        is distinct from (s.price, s.currency, s.source, s.occurred_at)`;
}
