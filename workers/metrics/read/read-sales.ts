import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import {
  addMoney,
  canonicalMoney,
  compareMoney,
  divideMoney,
  subtractMoney,
} from "../../../shared/domain/money.ts";
import { GRAIN_MS, type Grain } from "../../../shared/domain/span.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Grid } from "./grid.ts";
import { type Sum, slide } from "./slide.ts";

/** The grain of rollups whose length this is. */
export const grainOf = (stretch: number): Grain =>
  stretch === GRAIN_MS.day ? "day" : stretch === GRAIN_MS.hour ? "hour" : "minute";

const Amount = z.string().transform(canonicalMoney);
const Count = z.coerce.number();

const SalesRow = z.object({
  start: TimeColumn.transform((text) => Date.parse(text)),
  sales: Count,
  /** These are of sales in the collection's currency. */
  priced: Count.nullable().transform((n) => n ?? 0),
  volume: Amount.nullable().transform((amount) => amount ?? "0"),
  items: Amount.nullable().transform((amount) => amount ?? "0"),
  high: Amount.nullable(),
});
type Sales = z.infer<typeof SalesRow> & { end: number };

/** What the sales of a window come to; `highest` of them first. */
interface Window {
  sales: number;
  priced: number;
  volume: string;
  items: string;
  high: string | null;
}

/** What a window says of itself; without a sale, prices are not known, and a volume of unknown prices is not either. */
export const SALES_FIGURES: Readonly<Record<string, (window: Window) => string | null>> = {
  "market.sales": ({ sales }) => String(sales),
  "market.volume": ({ sales, priced, volume }) => (sales > 0 && priced === 0 ? null : volume),
  "market.average_price": ({ priced, volume, items }) => (priced === 0 ? null : divideMoney(volume, items)),
  "market.top_sale": ({ high }) => high,
};

class SalesSum implements Sum<Sales, Window> {
  #sales = 0;
  #priced = 0;
  #volume = "0";
  #items = "0";
  /** Highest prices, each lower than the one before it: what came before a higher one is never the highest again. */
  readonly #highs: { end: number; high: string }[] = [];

  add({ end, sales, priced, volume, items, high }: Sales): void {
    this.#sales += sales;
    this.#priced += priced;
    this.#volume = addMoney(this.#volume, volume);
    this.#items = addMoney(this.#items, items);
    if (high === null) return;
    for (
      let last = this.#highs.at(-1);
      last !== undefined && compareMoney(last.high, high) <= 0;
      last = this.#highs.at(-1)
    )
      this.#highs.pop();
    this.#highs.push({ end, high });
  }

  remove({ end, sales, priced, volume, items }: Sales): void {
    this.#sales -= sales;
    this.#priced -= priced;
    this.#volume = subtractMoney(this.#volume, volume);
    this.#items = subtractMoney(this.#items, items);
    if (this.#highs[0]?.end === end) this.#highs.shift();
  }

  read(): Window {
    const [highest] = this.#highs;
    return {
      sales: this.#sales,
      priced: this.#priced,
      volume: this.#volume,
      items: this.#items,
      high: highest?.high ?? null,
    };
  }
}

/** When something is known of a collection first, in ms since 1970: before, it may have had any number of sales. */
export async function readFirstKnown(db: Db, collection_id: string): Promise<number> {
  const [known] = await readRows(
    db,
    sql`select min(bucket) as first from rollups where collection_id = ${collection_id} and grain = 'minute'`,
    z.object({ first: TimeColumn.nullable() }),
  );
  return known?.first == null ? Number.POSITIVE_INFINITY : Date.parse(known.first);
}

/** A figure of the sales in windows, from rollups. Nothing is known of the time before the collection's first event. */
export async function readSalesFigures(
  db: Db,
  { id, currency }: { id: string; currency: string | null },
  { times, window, stretch }: Grid,
  figure: (window: Window) => string | null,
): Promise<(string | null)[]> {
  const grain = grainOf(stretch);
  const from = isoTime((times[0] ?? 0) - window);
  const to = isoTime(times.at(-1) ?? 0);
  const ours = sql`filter (where unit = ${currency ?? ""})`;
  const [rows, first] = await Promise.all([
    readRows(
      db,
      sql`select bucket as start, sum(sales)::bigint as sales, (sum(priced_sales) ${ours})::bigint as priced,
          (sum(volume) ${ours})::text as volume, (sum(priced_items) ${ours})::text as items,
          (max(high) ${ours})::text as high
        from rollups where collection_id = ${id} and grain = ${grain} and sales > 0
          and bucket >= ${from}::timestamptz and bucket < ${to}::timestamptz
        group by bucket order by bucket`,
      SalesRow,
    ),
    readFirstKnown(db, id),
  ]);
  const stretches = rows.map((row) => ({ ...row, end: row.start + stretch }));
  const windows = slide(times, window, stretches, new SalesSum());
  return windows.map((sums, i) => ((times[i] ?? 0) > first ? figure(sums) : null));
}
