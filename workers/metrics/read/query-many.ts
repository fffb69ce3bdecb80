import { sql } from "drizzle-orm";
import { z } from "zod";
import type { ManyMetricSeries, MetricDefinition, MetricSeries } from "../../../shared/contracts/metrics.ts";
import type { Db } from "../../../shared/db/client.ts";
import { readRows } from "../../../shared/db/rows.ts";
import type { Labels } from "../../../shared/metrics/series.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { type Grid, pointsOf, refuse } from "./grid.ts";
import { type Matcher, matchesLabel, matchesText } from "./matchers.ts";
import { looksAtSales, readMarket } from "./read-market.ts";
import { findManySeries, readCountsByType, readManyReadings } from "./read-own.ts";
import { describeSeries } from "./series-labels.ts";

/** Points of all series of one answer. */
const MOST_POINTS = 50_000;
/** Collections that are read side by side: an invocation has six connections. */
const AT_ONCE = 6;

/** Which series are meant: labels as they are, patterns of others, and how many at most. */
export interface ManyQuery {
  labels: Labels;
  matchers: readonly Matcher[];
  limit: number;
}

interface Found<Series> {
  series: Series[];
  has_more: boolean;
}

/**
 * Every series of a metric that matches, in the order of its labels, up to a number; none is no error.
 * @throws `invalid_request` for more points than one answer holds, and for what is asked of one collection only.
 */
export async function queryMany(
  ctx: Pick<Ctx, "db" | "actor">,
  definition: MetricDefinition,
  query: ManyQuery,
  grid: Grid,
): Promise<ManyMetricSeries> {
  const { series, has_more } = await readMany(ctx, definition, query, grid);
  return { metric: definition.name, data: series, has_more };
}

function readMany(
  ctx: Pick<Ctx, "db" | "actor">,
  definition: MetricDefinition,
  query: ManyQuery,
  grid: Grid,
): Promise<Found<MetricSeries>> {
  if (definition.owner === "everyone") return readCollections(ctx.db, definition, query, grid);
  if (definition.name === "activity.count") return readTypes(ctx, definition, query, grid);
  return readSeries(ctx, definition, query, grid);
}

function checkPoints(series: number, { times }: Grid): void {
  if (series * times.length > MOST_POINTS)
    throw refuse(
      "step",
      `makes more than ${MOST_POINTS} points of ${series} series; make it longer, or limit lower`,
    );
}

const SlugRow = z.object({ slug: z.string() });

async function readCollections(
  db: Db,
  definition: MetricDefinition,
  { labels, matchers, limit }: ManyQuery,
  grid: Grid,
): Promise<Found<MetricSeries>> {
  if (looksAtSales(definition))
    throw refuse(
      "many",
      `does not go with ${definition.name}, which looks at each sale: name one collection`,
    );
  const named = labels.collection === undefined ? [] : [sql`slug = ${labels.collection}`];
  const where = [...named, ...matchers.map((matcher) => matchesText(sql`slug`, matcher))];
  const found = await readRows(
    db,
    sql`select slug from collections where ${where.length === 0 ? sql`true` : sql.join(where, sql` and `)}
      order by slug limit ${limit + 1}::int`,
    SlugRow,
  );
  const slugs = found.slice(0, limit).map(({ slug }) => slug);
  checkPoints(slugs.length, grid);
  const { name: metric, unit } = definition;
  const series: MetricSeries[] = [];
  for (let i = 0; i < slugs.length; i += AT_ONCE)
    series.push(
      ...(await Promise.all(
        slugs.slice(i, i + AT_ONCE).map(async (slug) => {
          const { currency, values } = await readMarket(db, definition, slug, grid);
          return { metric, labels: { collection: slug }, unit, currency, points: pointsOf(grid, values) };
        }),
      )),
    );
  return { series, has_more: found.length > limit };
}

async function readTypes(
  ctx: Pick<Ctx, "db" | "actor">,
  { name: metric, unit }: MetricDefinition,
  { labels, matchers, limit }: ManyQuery,
  grid: Grid,
): Promise<Found<MetricSeries>> {
  const named = labels.type === undefined ? [] : [sql`type = ${labels.type}`];
  const where = [...named, ...matchers.map((matcher) => matchesText(sql`type`, matcher))];
  const { types, has_more } = await readCountsByType(ctx.db, { user_id: ownerOf(ctx), where, limit }, grid);
  checkPoints(types.size, grid);
  const series = [...types].map(([type, values]) => ({
    metric,
    labels: { type },
    unit,
    currency: null,
    points: pointsOf(grid, values),
  }));
  return { series, has_more };
}

async function readSeries(
  ctx: Pick<Ctx, "db" | "actor">,
  { name, owner }: MetricDefinition,
  { labels, matchers, limit }: ManyQuery,
  grid: Grid,
): Promise<Found<MetricSeries>> {
  const { series, has_more } = await findManySeries(ctx.db, {
    owner: owner === "platform" ? null : ownerOf(ctx),
    name,
    labels,
    matches: (found) => matchers.every((matcher) => matchesLabel(matcher, found)),
    limit,
  });
  checkPoints(series.length, grid);
  const values = await readManyReadings(
    ctx.db,
    series.map(({ id }) => id),
    grid,
  );
  const read = series.map(({ id, ...row }) => ({
    metric: name,
    ...describeSeries(name, row),
    currency: null,
    points: pointsOf(grid, values.get(id) ?? []),
  }));
  return { series: read, has_more };
}
