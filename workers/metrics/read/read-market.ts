import { sql } from "drizzle-orm";
import { z } from "zod";
import { createSignal } from "../../../shared/alerts/engine/signals/create-signal.ts";
import { readPast } from "../../../shared/alerts/sources/read-past.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import type { Db } from "../../../shared/db/client.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { canonicalMoney } from "../../../shared/domain/money.ts";
import { collectionNotFound } from "../../../shared/market/not-found.ts";
import { type Grid, refuse } from "./grid.ts";
import { readFirstKnown, readSalesFigures, SALES_FIGURES } from "./read-sales.ts";
import { readFloorValues, readLastPrices, readListedShare } from "./read-steps.ts";

const CollectionRow = z.object({ id: z.string(), currency: z.string().nullable() });

export interface Values {
  currency: string | null;
  /** One for each of the grid's times. */
  values: (string | null)[];
}

/** A metric of a collection. Throws `not_found`, and `invalid_request` for more sales than can be looked at one by one. */
export async function readMarket(
  db: Db,
  definition: MetricDefinition,
  slug: string,
  grid: Grid,
): Promise<Values> {
  const [collection] = await readRows(
    db,
    sql`select id, currency from collections where slug = ${slug}`,
    CollectionRow,
  );
  if (collection === undefined) throw collectionNotFound(slug);
  const currency = definition.unit === "price" ? collection.currency : null;
  return { currency, values: await valuesOf(db, definition, { ...collection, slug }, grid) };
}

const STEPS: ReadonlySet<string> = new Set(["market.floor", "market.last_price", "market.listed_share"]);
const figureOf = ({ name }: MetricDefinition) =>
  Object.hasOwn(SALES_FIGURES, name) ? SALES_FIGURES[name] : undefined;

/** Whether no rollup tells the metric, so that sales are read one by one. */
export const looksAtSales = (definition: MetricDefinition): boolean =>
  !STEPS.has(definition.name) && figureOf(definition) === undefined;

async function valuesOf(
  db: Db,
  definition: MetricDefinition,
  collection: z.infer<typeof CollectionRow> & { slug: string },
  grid: Grid,
): Promise<(string | null)[]> {
  if (definition.name === "market.floor") return readFloorValues(db, collection, grid);
  if (definition.name === "market.last_price") return readLastPrices(db, collection, grid);
  if (definition.name === "market.listed_share") return readListedShare(db, collection, grid);
  const figure = figureOf(definition);
  if (figure !== undefined) return readSalesFigures(db, collection, grid, figure);
  return readSaleBySale(db, definition, collection, grid);
}

/** What no rollup tells: the figures that rules look at, from the sales themselves. */
async function readSaleBySale(
  db: Db,
  definition: MetricDefinition,
  { id, slug }: { id: string; slug: string },
  grid: Grid,
) {
  const { times, window } = grid;
  // Windows of signals have their end and not their beginning: those that end a millisecond earlier are [t - w, t).
  const from = (times[0] ?? 0) - window - 1;
  const labels = { collection: slug };
  const asked = { labels, user_id: "", from, to: times.at(-1) ?? 0, most: 1 };
  const [series] = await readPast(db, definition, asked);
  const history = await series?.read({
    from,
    span_ms: window,
    one_before: false,
    high: definition.name === "market.record_sales",
  });
  if (history === undefined) return times.map(() => null);
  if ("error" in history)
    throw refuse(
      "from",
      "is too far back: so many sales cannot be looked at one by one; choose a shorter time",
    );
  const first = await readFirstKnown(db, id);
  const points = [...history.points].sort((a, b) => a.at - b.at);
  const settings = { condition: "value" as const, window_ms: window, absent_ms: 0 };
  const signal = createSignal(definition, settings, { points: [], high: history.high });
  let next = 0;
  return times.map((time) => {
    for (let point = points[next]; point !== undefined && point.at < time; point = points[++next])
      signal.push(point);
    const { observation } = signal.at(time - 1);
    return observation.kind === "value" && time > first ? canonicalMoney(observation.value) : null;
  });
}
