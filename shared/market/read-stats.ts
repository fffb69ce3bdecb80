import { z } from "zod";
import type { CollectionStats } from "../contracts/collections.ts";
import { Floor } from "../contracts/market.ts";
import type { Db } from "../db/client.ts";
import { TimeColumn } from "../db/instant.ts";
import { readRows } from "../db/rows.ts";
import { addMoney, canonicalMoney, divideMoney } from "../domain/money.ts";
import type { Span } from "../domain/span.ts";
import { isoTime } from "../platform/clock.ts";
import { figure, mergeSources } from "./figure.ts";
import { collectionNotFound } from "./not-found.ts";
import { selectStats } from "./stats-sql.ts";

const Amount = z.string().transform(canonicalMoney);
const Count = z.coerce.number();

const Unit = z.object({
  unit: z.string(),
  sales: Count,
  priced_sales: Count,
  items: Amount,
  priced_items: Amount,
  volume: Amount,
  usd_sales: Count,
  volume_usd: Amount,
  high: Amount.nullable(),
  low: Amount.nullable(),
});
type Unit = z.infer<typeof Unit>;

const StatsRow = z.object({
  slug: z.string(),
  currency: z.string().nullable(),
  simulated: z.boolean(),
  updated_at: TimeColumn.nullable(),
  units: z.array(Unit),
  sources: z.array(z.string()).nullable(),
  main_sources: z.array(z.string()).nullable(),
  buyers: Count,
  bought: Count,
  sellers: Count,
  sold: Count,
  median: Amount.nullable(),
  floor_price: Amount.nullable(),
  floor_unit: z.string().nullable(),
  floor: Floor.nullable(),
  last_price: Amount.nullable(),
  last_source: z.string().nullable(),
  last_at: TimeColumn.nullable(),
});
type StatsRow = z.infer<typeof StatsRow>;

/** The most sales whose prices are sorted for a median; it does not add up, so it needs the sales themselves. */
const MEDIAN_SALES = 50_000;

/**
 * Figures of a collection over a span, each with where it comes from. What is not known is `null`: an average
 * of nothing, a volume of sales whose prices nobody knows, a median of more than `medianSales`. Throws
 * `not_found`.
 */
export async function readStats(
  db: Db,
  slug: string,
  span: Span & { range: string | null },
  now: number,
  medianSales = MEDIAN_SALES,
): Promise<CollectionStats> {
  const [row] = await readRows(db, selectStats(slug, span, medianSales), StatsRow);
  if (row === undefined) throw collectionNotFound(slug);
  const main = row.units.find(({ unit }) => unit === row.currency);
  const sales = row.units.reduce((sum, unit) => sum + unit.sales, 0);
  const usdSales = row.units.reduce((sum, unit) => sum + unit.usd_sales, 0);
  return {
    collection: row.slug,
    range: span.range,
    from: isoTime(span.from),
    to: isoTime(span.to),
    currency: row.currency,
    simulated: row.simulated,
    sales,
    items: addMoney(...row.units.map((unit) => unit.items)),
    volume: main === undefined || main.priced_sales === 0 ? null : main.volume,
    volume_usd: usdSales === 0 ? null : addMoney(...row.units.map((unit) => unit.volume_usd)),
    floor: row.floor_price,
    last_price: row.last_price,
    average_price: averagePrice(main),
    median_price: row.median,
    highest_price: main?.high ?? null,
    lowest_price: main?.low ?? null,
    // Sales whose buyers nobody knows have an unknown number of buyers; no sales have none.
    unique_buyers: row.bought === 0 && sales > 0 ? null : row.buyers,
    unique_sellers: row.sold === 0 && sales > 0 ? null : row.sellers,
    volume_by_currency: row.units
      .filter(({ unit, priced_sales }) => unit !== "" && priced_sales > 0)
      .map((unit) => ({
        currency: unit.unit,
        sales: unit.priced_sales,
        volume: unit.volume,
        volume_usd: unit.usd_sales === 0 ? null : unit.volume_usd,
      })),
    figures: figuresOf(row, { main, sales, usdSales, span, now }),
  };
}

function averagePrice(main: Unit | undefined): string | null {
  return main === undefined || main.priced_sales === 0 ? null : divideMoney(main.volume, main.priced_items);
}

function figuresOf(
  row: StatsRow,
  {
    main,
    sales,
    usdSales,
    span,
    now,
  }: { main: Unit | undefined; sales: number; usdSales: number; span: Span; now: number },
): CollectionStats["figures"] {
  const { currency } = row;
  const updated = row.updated_at === null ? null : Date.parse(row.updated_at);
  const as_of = updated === null ? null : Math.min(updated, span.to);
  const priced = main?.priced_sales ?? 0;
  const counted = { sources: mergeSources(row.sources), as_of, now };
  const price = {
    basis: "item",
    sources: mergeSources(row.main_sources),
    currency,
    as_of,
    now,
    known_sales: priced,
  } as const;
  return {
    sales: figure({ ...counted, basis: "count", known_sales: sales }),
    volume: figure({ ...price, basis: "total" }),
    volume_usd: figure({ ...counted, basis: "total", currency: "USD", known_sales: usdSales }),
    floor: figure({
      basis: "item",
      sources: mergeSources([row.floor?.source]),
      currency: row.floor_unit ?? currency,
      as_of: row.floor_price === null ? null : as_of,
      now,
    }),
    last_price: figure({
      basis: "item",
      sources: mergeSources([row.last_source]),
      currency,
      as_of: row.last_at === null ? null : Date.parse(row.last_at),
      now,
    }),
    average_price: figure(price),
    median_price: figure(price),
    highest_price: figure(price),
    lowest_price: figure(price),
    unique_buyers: figure({ ...counted, basis: "count", known_sales: row.bought }),
    unique_sellers: figure({ ...counted, basis: "count", known_sales: row.sold }),
  };
}
