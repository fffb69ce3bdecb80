import { type SQL, sql } from "drizzle-orm";
import { idOf } from "./collection-id-sql.ts";
import { NOT_CORRECTED } from "./event-row.ts";
import { GRAINS, ROLLUP_COLUMNS, rollUp, sidesOf } from "./rollup-sql.ts";

/** One correction: hex hash of the key of the event that no longer counts, and which event says so. */
export interface Correction {
  key_hash: string;
  by_key_hash: string;
}

function listed(corrections: Correction[]): SQL {
  return sql`json_to_recordset(${JSON.stringify(corrections)}::json) as i(key_hash text, by_key_hash text)`;
}

/** The event that has the key, one look into the index for each; `offset 0` keeps it so. */
function eventByKey(slug: string, hash: SQL): SQL {
  return sql`
    lateral (select * from market_events e where e.collection_id = ${idOf(slug)} and e.event_key_hash = ${hash} offset 0)`;
}

/**
 * Marks what stored events correct, and takes it out of the wallets' days. What was marked before is left
 * alone; what has not arrived yet will not be counted when it does.
 */
function takeBack(slug: string, corrections: Correction[]): SQL {
  return sql`
    with marked as (
      insert into event_corrections (collection_id, event_key_hash, epoch, seq)
      select distinct on (2) e.collection_id, decode(i.key_hash, 'hex'), e.epoch, e.seq
      from ${listed(corrections)} cross join ${eventByKey(slug, sql`decode(i.by_key_hash, 'hex')`)} e
      order by 2, e.epoch, e.seq
      on conflict do nothing
      returning event_key_hash
    ),
    gone as (
      select (e.occurred_at at time zone 'UTC')::date as day, w.address, sum(w.bought) as bought, sum(w.sold) as sold
      from marked cross join ${eventByKey(slug, sql`marked.event_key_hash`)} e
      cross join lateral ${sidesOf("e")}
      where e.kind = 'sale'
      group by 1, 2
    )
    update wallet_days t set bought = t.bought - gone.bought, sold = t.sold - gone.sold
    from gone where t.collection_id = ${idOf(slug)} and t.day = gone.day and t.address = gone.address`;
}

/** The buckets of a grain in which corrected events lie, as `b(bucket, until)`. */
function touched(slug: string, corrections: Correction[], grain: string): SQL {
  return sql`(
    select distinct date_trunc(g.grain, e.occurred_at, 'UTC') as bucket,
      date_trunc(g.grain, e.occurred_at, 'UTC') + g.length as until
    from ${listed(corrections)} cross join ${eventByKey(slug, sql`decode(i.key_hash, 'hex')`)} e
    join ${GRAINS} on g.grain = ${grain}
  ) b`;
}

/**
 * Deletes the rows of a table that `found` picks for each touched bucket `b`. They are looked up bucket by bucket:
 * without statistics, Postgres compares every bucket with every row.
 */
function dropTouched(table: "rollups" | "wallet_days", buckets: SQL, found: SQL): SQL {
  const name = sql.raw(table);
  return sql`
    delete from ${name} where ctid = any(array(
      select x.ctid from ${buckets}
      cross join lateral (select t.ctid from ${name} t where ${found} offset 0) x))`;
}

function dropRollups(slug: string, corrections: Correction[], grain: string): SQL {
  return dropTouched(
    "rollups",
    touched(slug, corrections, grain),
    sql`t.collection_id = ${idOf(slug)} and t.grain = ${grain} and t.bucket = b.bucket`,
  );
}

function dropIdleWallets(slug: string, corrections: Correction[]): SQL {
  return dropTouched(
    "wallet_days",
    touched(slug, corrections, "day"),
    sql`t.collection_id = ${idOf(slug)} and t.day = (b.bucket at time zone 'UTC')::date
      and t.bought = 0 and t.sold = 0`,
  );
}

function countMinutes(slug: string, corrections: Correction[]): SQL {
  return sql`
    insert into rollups (${ROLLUP_COLUMNS})
    ${rollUp(
      idOf(slug),
      sql`select e.*, 'minute' as grain, b.bucket from ${touched(slug, corrections, "minute")}
        cross join lateral (
          select * from market_events e where e.collection_id = ${idOf(slug)}
            and e.occurred_at >= b.bucket and e.occurred_at < b.until offset 0
        ) e
        where ${NOT_CORRECTED}`,
    )}`;
}

const FIRST = sql.raw("array[extract(epoch from r.open_at) * 1000, r.open_place, r.open_seq, r.open]");
const LAST = sql.raw("array[extract(epoch from r.close_at) * 1000, r.close_place, r.close_seq, r.close]");

/** Hours from their minutes, days from their hours: what a day costs does not grow with its events. */
function sumUp(
  slug: string,
  corrections: Correction[],
  grain: "hour" | "day",
  finer: "minute" | "hour",
): SQL {
  return sql`
    insert into rollups (${ROLLUP_COLUMNS})
    select ${idOf(slug)}, ${grain}, s.bucket, s.unit, s.sales, s.priced_sales, s.items, s.priced_items, s.volume,
      s.usd_sales, s.volume_usd, s.first[4], to_timestamp(s.first[1] / 1000), coalesce(s.first[2], 0),
      s.first[3]::bigint, s.high, s.low,
      s.last[4], to_timestamp(s.last[1] / 1000), coalesce(s.last[2], 0), s.last[3]::bigint, s.listings, s.bids, s.transfers, s.cancels,
      array(select distinct name from unnest(string_to_array(s.sources, ',')) as name order by name)
    from (
      select b.bucket, r.unit, sum(r.sales) as sales, sum(r.priced_sales) as priced_sales, sum(r.items) as items,
        sum(r.priced_items) as priced_items, sum(r.volume) as volume, sum(r.usd_sales) as usd_sales,
        sum(r.volume_usd) as volume_usd, min(${FIRST}) filter (where r.open is not null) as first,
        max(r.high) as high, min(r.low) as low, max(${LAST}) filter (where r.close is not null) as last,
        sum(r.listings) as listings, sum(r.bids) as bids, sum(r.transfers) as transfers, sum(r.cancels) as cancels,
        string_agg(array_to_string(r.sources, ','), ',') filter (where r.sources <> '{}') as sources
      from ${touched(slug, corrections, grain)}
      cross join lateral (
        select * from rollups r where r.collection_id = ${idOf(slug)} and r.grain = ${finer}
          and r.bucket >= b.bucket and r.bucket < b.until offset 0
      ) r
      group by b.bucket, r.unit
    ) s`;
}

/**
 * What the corrections among events just stored change, as statements to run in this order in the same
 * transaction. Running them again changes nothing.
 */
export function applyCorrections(slug: string, corrections: Correction[]): SQL[] {
  return [
    takeBack(slug, corrections),
    dropIdleWallets(slug, corrections),
    dropRollups(slug, corrections, "minute"),
    countMinutes(slug, corrections),
    dropRollups(slug, corrections, "hour"),
    sumUp(slug, corrections, "hour", "minute"),
    dropRollups(slug, corrections, "day"),
    sumUp(slug, corrections, "day", "hour"),
  ];
}
