import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Candle, CandlePage } from "../contracts/collections.ts";
import type { Db } from "../db/client.ts";
import { decodeCursor, encodeCursor } from "../db/cursor.ts";
import { TimeColumn } from "../db/instant.ts";
import { type FilledBar, fillBars, floorTo, INTERVALS, type Interval } from "../domain/candles.ts";
import { canonicalMoney } from "../domain/money.ts";
import { isoTime } from "../platform/clock.ts";
import { mergeSources } from "./figure.ts";
import { collectionNotFound } from "./not-found.ts";

export interface CandleQuery {
  interval: Interval;
  /** Milliseconds since 1970; the stretch that `from` lies in is the first. */
  from?: number | undefined;
  to?: number | undefined;
  limit: number;
  cursor?: string | undefined;
  /** Carry the price on through stretches without a sale. */
  fill: boolean;
}

const Amount = z.string().transform(canonicalMoney);

const BarRow = z.object({
  start: TimeColumn.transform((text) => Date.parse(text)),
  open: Amount.nullable(),
  high: Amount.nullable(),
  low: Amount.nullable(),
  close: Amount.nullable(),
  volume: Amount.nullable(),
  sales: z.coerce.number(),
  priced_sales: z.coerce.number(),
  sources: z.string().transform((names) => names.split(",")),
});

const HeadRow = z.object({
  slug: z.string(),
  currency: z.string().nullable(),
  simulated: z.boolean(),
  updated_at: TimeColumn.nullable(),
  previous: Amount.nullable(),
});

/** Where a list of candles goes on: the start of the next one, and the end that the first page was asked for. */
const CandleKey = z.tuple([z.number().int(), z.number().int()]);

/** Rows from the first sale's end of each stretch, as arrays that sort by time, place on the chain, number and price. */
const end = (name: "open" | "close"): SQL =>
  sql.raw(`array[extract(epoch from r.${name}_at) * 1000, r.${name}_place, r.${name}_seq, r.${name}]`);

/**
 * Candles of a collection in its own currency, oldest first, from `from` (or as many as `limit` allows before
 * `to`) to `to` (or now). Throws `not_found`, and `invalid_request` for a cursor that is not of this list.
 */
export async function readCandles(
  db: Db,
  slug: string,
  query: CandleQuery,
  now: number,
): Promise<CandlePage> {
  const { interval, limit, fill } = query;
  const { ms: step, grain } = INTERVALS[interval];
  const scope = [slug, interval, query.from ?? null, query.to ?? null, fill];
  const key = query.cursor === undefined ? undefined : decodeCursor(query.cursor, scope, CandleKey);
  // The stretch that is under way is the last there can be.
  const to = Math.min(key?.[1] ?? query.to ?? now, floorTo(now, step) + step);
  const until = floorTo(to - 1, step) + step;
  const from = floorTo(key?.[0] ?? query.from ?? until - limit * step, step);
  const [heads, rows] = await db.batch([
    db.execute(selectHead(slug, grain, from)),
    db.execute(sql`
      select b.start, b.first[4] as open, b.high, b.low, b.last[4] as close,
        case when b.priced_sales > 0 then b.volume end as volume, b.sales, b.priced_sales, b.sources
      from (
        select to_timestamp(floor(extract(epoch from r.bucket) * 1000 / ${step}::bigint) * ${step}::bigint / 1000) as start,
          min(${end("open")}) filter (where r.unit = c.currency and r.open is not null) as first,
          max(r.high) filter (where r.unit = c.currency) as high,
          min(r.low) filter (where r.unit = c.currency) as low,
          max(${end("close")}) filter (where r.unit = c.currency and r.close is not null) as last,
          sum(r.volume) filter (where r.unit = c.currency) as volume,
          coalesce(sum(r.priced_sales) filter (where r.unit = c.currency), 0) as priced_sales,
          sum(r.sales) as sales,
          string_agg(distinct array_to_string(r.sources, ','), ',') filter (where r.sources <> '{}') as sources
        from collections c join rollups r on r.collection_id = c.id
        where c.slug = ${slug} and r.grain = ${grain} and r.sales > 0
          and r.bucket >= ${isoTime(from)}::timestamptz and r.bucket < ${isoTime(until)}::timestamptz
        group by 1
      ) b
      order by b.start limit ${limit + 1}`),
  ]);
  const [head] = HeadRow.array().parse(heads.rows);
  if (head === undefined) throw collectionNotFound(slug);
  const bars = BarRow.array().parse(rows.rows);
  const span = { from, to: until, step, limit: limit + 1, previous: head.previous };
  const all = fill ? fillBars(bars, span) : bars.map((bar) => ({ ...bar, filled: false }));
  const next = all[limit];
  return {
    collection: head.slug,
    interval,
    currency: head.currency,
    simulated: head.simulated,
    sources: mergeSources(...bars.map((bar) => bar.sources)),
    as_of: head.updated_at,
    data: all.slice(0, limit).map((bar) => toCandle(bar, step, now)),
    next_cursor: next === undefined ? null : encodeCursor(scope, [next.start, to]),
  };
}

function selectHead(slug: string, grain: string, from: number): SQL {
  return sql`
    select c.slug, c.currency, c.simulated, s.updated_at, (
        select r.close from rollups r
        where r.collection_id = c.id and r.grain = ${grain} and r.unit = c.currency
          and r.bucket < ${isoTime(from)}::timestamptz and r.close is not null
        order by r.bucket desc limit 1
      ) as previous
    from collections c left join collection_state s on s.collection_id = c.id
    where c.slug = ${slug}`;
}

function toCandle(
  { start, open, high, low, close, volume, sales, priced_sales, filled }: FilledBar,
  step: number,
  now: number,
): Candle {
  return {
    start: isoTime(start),
    end: isoTime(start + step),
    open,
    high,
    low,
    close,
    volume,
    sales,
    priced_sales,
    partial: start + step > now,
    filled,
  };
}
