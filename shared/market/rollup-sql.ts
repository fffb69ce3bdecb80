import { type SQL, sql } from "drizzle-orm";

/**
 * The place on the chain of the event in the row `event`, as one number: its block, then its log index; 0 where
 * neither is known. It orders what happened within one instant.
 */
export function chainPlace(event: string): SQL {
  return sql.raw(
    `(coalesce(${event}.block_number, 0)::numeric * 4294967296 + coalesce(${event}.log_index, 0))`,
  );
}

/** Grains that rollups are kept in, and the length of a bucket. 24 hours, because `1 day` depends on the session's zone. */
export const GRAINS: SQL = sql`(values ('minute', interval '1 minute'), ('hour', interval '1 hour'), ('day', interval '24 hours'))
  as g(grain, length)`;

const COLUMNS = [
  "collection_id",
  "grain",
  "bucket",
  "unit",
  "sales",
  "priced_sales",
  "items",
  "priced_items",
  "volume",
  "usd_sales",
  "volume_usd",
  "open",
  "open_at",
  "open_place",
  "open_seq",
  "high",
  "low",
  "close",
  "close_at",
  "close_place",
  "close_seq",
  "listings",
  "bids",
  "transfers",
  "cancels",
  "sources",
] as const;
type Column = (typeof COLUMNS)[number];

export const ROLLUP_COLUMNS: SQL = sql.raw(COLUMNS.join(", "));

/**
 * Rollup rows of the events in `source`, which has the columns of `market_events` and `grain`, `bucket`.
 * Open and close go by time, then place on the chain, then number, then price, as one array that sorts so: one pass, no sort, and the
 * same answer in whatever order events came. Take-backs are corrections and no market cancels.
 */
export function rollUp(collectionId: SQL, source: SQL): SQL {
  const moment = sql`array[extract(epoch from s.occurred_at) * 1000, ${chainPlace("s")}, s.seq, s.price]`;
  return sql`
    select ${collectionId} as collection_id, r.grain, r.bucket, r.unit, r.sales, r.priced_sales, r.items, r.priced_items, r.volume,
      r.usd_sales, r.volume_usd,
      r.first[4] as open, to_timestamp(r.first[1] / 1000) as open_at, coalesce(r.first[2], 0) as open_place,
      r.first[3]::bigint as open_seq, r.high, r.low,
      r.last[4] as close, to_timestamp(r.last[1] / 1000) as close_at, coalesce(r.last[2], 0) as close_place,
      r.last[3]::bigint as close_seq,
      r.listings, r.bids, r.transfers, r.cancels, r.sources
    from (
      select s.grain, s.bucket, s.unit_key as unit,
        count(*) filter (where s.sale) as sales,
        count(s.total_price) filter (where s.sale) as priced_sales,
        coalesce(sum(s.quantity) filter (where s.sale), 0) as items,
        coalesce(sum(s.quantity) filter (where s.sale and s.total_price is not null), 0) as priced_items,
        coalesce(sum(s.total_price) filter (where s.sale), 0) as volume,
        count(s.price_usd) filter (where s.sale) as usd_sales,
        coalesce(sum(s.price_usd * s.quantity) filter (where s.sale), 0) as volume_usd,
        min(${moment}) filter (where s.sale and s.price is not null) as first,
        max(${moment}) filter (where s.sale and s.price is not null) as last,
        max(s.price) filter (where s.sale) as high,
        min(s.price) filter (where s.sale) as low,
        count(*) filter (where s.kind = 'listing') as listings,
        count(*) filter (where s.kind = 'bid') as bids,
        count(*) filter (where s.kind = 'transfer') as transfers,
        count(*) filter (where s.kind = 'cancel') as cancels,
        coalesce(array_agg(distinct s.source order by s.source) filter (where s.sale), '{}') as sources
      from (
        select c.*, c.kind = 'sale' as sale,
          case when coalesce(c.price, c.total_price) is null then '' else coalesce(c.unit, '') end as unit_key
        from (${source}) c
        where c.kind <> 'metadata' and not (c.kind = 'cancel' and c.corrects is not null)
      ) s
      group by s.grain, s.bucket, s.unit_key
    ) r`;
}

const SUMS: Column[] = [
  "sales",
  "priced_sales",
  "items",
  "priced_items",
  "volume",
  "usd_sales",
  "volume_usd",
  "listings",
  "bids",
  "transfers",
  "cancels",
];

/** One end of a bucket, moved only by a sale that lies further out. */
function moveEnd(end: "open" | "close", comparison: "<" | ">"): string[] {
  const columns = [`${end}_at`, `${end}_place`, `${end}_seq`, end];
  const of = (table: string) => `(${columns.map((column) => `${table}.${column}`).join(", ")})`;
  const moves = `excluded.${end} is not null
    and (rollups.${end} is null or ${of("excluded")} ${comparison} ${of("rollups")})`;
  return columns.map(
    (column) => `${column} = case when ${moves} then excluded.${column} else rollups.${column} end`,
  );
}

/** What becomes of a rollup row when more of its events arrive. */
export const MERGE_ROLLUP: SQL = sql.raw(`on conflict (collection_id, grain, bucket, unit) do update set
  ${[
    ...SUMS.map((column) => `${column} = rollups.${column} + excluded.${column}`),
    ...moveEnd("open", "<"),
    ...moveEnd("close", ">"),
    "high = greatest(rollups.high, excluded.high)",
    "low = least(rollups.low, excluded.low)",
    `sources = case when excluded.sources <@ rollups.sources then rollups.sources
      else (select array_agg(distinct s order by s) from unnest(rollups.sources || excluded.sources) s) end`,
  ].join(",\n  ")}`);

/** The known wallets of the sale in the row `sale`, as `w(address, bought, sold)`; nobody is the zero address. */
export function sidesOf(sale: string): SQL {
  const row = sql.raw(sale);
  return sql`(
    select * from (values (${row}.to_address, 1, 0), (${row}.from_address, 0, 1)) as v(address, bought, sold)
    where v.address is not null and v.address !~ '^0x0+$'
  ) w`;
}

/** Rows of `wallet_days` for the sales in `source`: what each known wallet bought and sold on each UTC day. */
export function walletDays(collectionId: SQL, source: SQL): SQL {
  return sql`
    select ${collectionId}, (s.occurred_at at time zone 'UTC')::date, w.address, sum(w.bought)::int, sum(w.sold)::int
    from (${source}) s cross join lateral ${sidesOf("s")}
    where s.kind = 'sale'
    group by 2, 3`;
}

export const MERGE_WALLET_DAY: SQL = sql.raw(`on conflict (collection_id, day, address) do update set
  bought = wallet_days.bought + excluded.bought, sold = wallet_days.sold + excluded.sold`);
