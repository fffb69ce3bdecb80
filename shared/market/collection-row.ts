import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { CollectionItem } from "../contracts/collections.ts";
import { Floor, FloorCause } from "../contracts/market.ts";
import { TimeColumn } from "../db/instant.ts";
import { canonicalMoney } from "../domain/money.ts";
import { decomposeSpan, RANGE_MS } from "../domain/span.ts";
import { unitOf } from "../domain/unit.ts";
import { figure, mergeSources } from "./figure.ts";
import { StoredStats } from "./provider-stats.ts";
import { floorAt, rollupsIn } from "./stats-sql.ts";

const MINUTE = 60_000;

/**
 * The last 24 hours as lists count them: whole minutes, the one under way included, so that rollups alone
 * tell them for every collection at once.
 */
export function lastDay(now: number): { from: number; to: number } {
  const to = Math.floor(now / MINUTE) * MINUTE + MINUTE;
  return { from: to - RANGE_MS.day, to };
}

/** Sales and volume of collection `c` in a span of whole minutes. */
export function volumeIn(span: { from: number; to: number }): SQL {
  return sql`
    select sum(r.sales)::bigint as sales, sum(r.volume) filter (where r.unit = c.currency and r.priced_sales > 0) as volume,
      (sum(r.priced_sales) filter (where r.unit = c.currency))::bigint as priced_sales,
      string_agg(distinct array_to_string(r.sources, ','), ',') as sources
    from (${rollupsIn(decomposeSpan(span.from, span.to), sql.raw("r.unit, r.sales, r.priced_sales, r.volume, r.sources"))}) r`;
}

/** How much the floor of `c` differs from that at an instant, in percent; null where the two do not compare. */
export function floorChangeSince(ms: number): SQL {
  return sql`
    select round((c.floor_price - f.price) * 100 / nullif(f.price, 0), 4) as change
    from (${floorAt(ms)}) f where f.unit = c.floor_unit`;
}

/** A collection with its state, as the fragments here call it `c`. */
export const COLLECTION_WITH_STATE: SQL = sql.raw(`
  select c.id, c.slug, c.name, c.description, c.image_url, c.chain, c.contract, c.currency, c.supply, c.source,
    c.simulated, c.provider_stats, s.epoch, s.seq, s.floor, s.floor_price, s.floor_unit, s.listed_count, s.last_price,
    s.last_price_currency, s.last_price_source, s.last_sale_at, s.updated_at
  from collections c left join collection_state s on s.collection_id = c.id`);

const Amount = z.string().transform(canonicalMoney).nullable();
const text = z.string().nullable();

/** `COLLECTION_WITH_STATE` with `volumeIn` as `day_*` and `floorChangeSince` as `change`. */
export const CollectionRow = z.object({
  id: z.string(),
  slug: z.string(),
  name: z.string(),
  description: text,
  image_url: text,
  chain: text,
  contract: text,
  currency: text,
  supply: text,
  source: z.string(),
  simulated: z.boolean(),
  epoch: text,
  seq: z.coerce.number().nullable(),
  floor: Floor.nullable(),
  floor_price: Amount,
  floor_unit: text,
  listed_count: z.number().nullable(),
  last_price: Amount,
  last_price_currency: text,
  last_price_source: text,
  last_sale_at: TimeColumn.nullable(),
  updated_at: TimeColumn.nullable(),
  day_sales: z.coerce.number().nullable(),
  day_volume: Amount,
  day_priced: z.coerce.number().nullable(),
  day_sources: z.string().nullable(),
  change: Amount,
});

/** `CollectionRow` with the last change of its floor, and what its provider states. */
export const CollectionDetailRow = CollectionRow.extend({
  provider_stats: StoredStats.nullable(),
  floor_cause: FloorCause.nullable(),
  floor_changed_at: TimeColumn.nullable(),
});
export type CollectionRow = z.infer<typeof CollectionRow>;

/** What lists show of a collection. */
export function toItem(row: CollectionRow, now: number): CollectionItem {
  const as_of = row.updated_at === null ? null : Date.parse(row.updated_at);
  const soldAt = row.last_sale_at === null ? null : Date.parse(row.last_sale_at);
  const floorSources = mergeSources([row.floor?.source]);
  const daySources = mergeSources(row.day_sources?.split(",") ?? null);
  return {
    id: row.id,
    slug: row.slug,
    name: row.name,
    image_url: row.image_url,
    chain: row.chain,
    contract: row.contract,
    simulated: row.simulated,
    currency: row.currency,
    floor: row.floor_price,
    last_price: row.last_price,
    last_sale_at: row.last_sale_at,
    volume_24h: row.day_volume,
    sales_24h: row.day_sales ?? 0,
    change_24h: row.change,
    listed_count: row.listed_count,
    updated_at: row.updated_at,
    sources: mergeSources(floorSources, [row.last_price_source], daySources),
    figures: {
      floor: figure({
        basis: "item",
        sources: floorSources,
        currency: row.floor_unit,
        as_of: row.floor_price === null ? null : as_of,
        now,
      }),
      last_price: figure({
        basis: "item",
        sources: mergeSources([row.last_price_source]),
        currency: row.last_price_currency === null ? null : unitOf(row.last_price_currency),
        as_of: soldAt,
        now,
      }),
      volume_24h: figure({
        basis: "total",
        sources: daySources,
        currency: row.currency,
        as_of,
        known_sales: row.day_priced ?? 0,
        now,
      }),
      sales_24h: figure({ basis: "count", sources: daySources, as_of, known_sales: row.day_sales ?? 0, now }),
      change_24h: figure({
        basis: "percent",
        sources: floorSources,
        as_of: row.change === null ? null : as_of,
        now,
      }),
    },
  };
}
