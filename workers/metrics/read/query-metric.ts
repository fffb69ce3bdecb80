import { findMetric, isPushable } from "../../../shared/alerts/catalogue.ts";
import type { Permission } from "../../../shared/contracts/access.ts";
import {
  type ManyMetricSeries,
  type MetricDefinition,
  MetricLabels,
  type MetricSeries,
} from "../../../shared/contracts/metrics.ts";
import { canonicalLabels, type Labels } from "../../../shared/metrics/series.ts";
import { seriesUnit } from "../../../shared/metrics/units.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { requirePermission } from "../../../shared/platform/http/authorise.ts";
import { type Grid, planGrid, refuse } from "./grid.ts";
import { type Matcher, matchesLabel, splitMatchers } from "./matchers.ts";
import { readMarket } from "./read-market.ts";
import { findManySeries, readActivityCounts, readManyReadings, readReadings } from "./read-own.ts";
import type { QueryParameters } from "./schema.ts";

const PREFIX = "label.";

/** Labels of a query: whatever is no parameter, and what stands after `label.` even if it is called like one. */
function labelsOf(rest: Record<string, string>): Labels {
  const named = Object.entries(rest).map(([name, value]) => [
    name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name,
    value,
  ]);
  // Reading it as a label would leave it out, and answer something else than was asked.
  if (named.some(([name]) => name === "__proto__"))
    throw refuse("__proto__", "cannot be the name of a label");
  const parsed = MetricLabels.safeParse(Object.fromEntries(named));
  if (parsed.success) return canonicalLabels(parsed.data);
  const [issue] = parsed.error.issues;
  throw refuse(String(issue?.path[0] ?? "labels"), issue?.message ?? "is no label");
}

function checkLabels(definition: MetricDefinition, labels: Labels): void {
  if (isPushable(definition.name)) return;
  const known = definition.labels.join(", ");
  for (const name of Object.keys(labels))
    if (!definition.labels.includes(name))
      throw refuse(name, `is no parameter and no label of ${definition.name}, which has ${known}`);
}

/** What one needs beside what the route asks for. */
function permissionFor({ owner, name }: MetricDefinition): Permission | null {
  if (owner === "everyone") return null;
  if (owner === "platform") return "monitoring:read";
  return isPushable(name) ? "alerts:read" : "activity:read";
}

/** Whoever asks may read it; otherwise throws. */
function findReadable(ctx: Pick<Ctx, "actor">, metric: string): MetricDefinition {
  const definition = findMetric(metric);
  if (definition === undefined)
    throw refuse("metric", "is none there is; GET /api/v1/metrics/catalogue lists them");
  const permission = permissionFor(definition);
  if (permission !== null) {
    if (ctx.actor.type === "anonymous")
      throw new AppError("unauthorized", "Log in first: these readings are not everybody's.");
    requirePermission(ctx.actor, permission);
  }
  return definition;
}

/**
 * A metric as a series, or as many where that is asked. A point is `null` where nothing is known; nothing is guessed.
 * @throws `not_found` for a collection or series that is not there, `invalid_request` for what cannot be asked, `forbidden`.
 */
export async function queryMetric(
  ctx: Pick<Ctx, "db" | "now" | "actor">,
  { metric, window, from, to, step, many, ...rest }: QueryParameters,
  limit: number,
): Promise<MetricSeries | ManyMetricSeries> {
  const definition = findReadable(ctx, metric);
  const { matchers, others } = splitMatchers(rest);
  const labels = labelsOf(others);
  checkLabels(definition, labels);
  const grid = planGrid({ window, from, to, step }, definition, ctx.now());
  if (many === "true" || matchers.length > 0) {
    if (many === "false") throw refuse("many", "must not be false where a match. parameter asks for many");
    return queryMany(ctx, definition, { labels, matchers, limit }, grid);
  }
  if (grid.times.length === 0) return { metric, labels, unit: definition.unit, currency: null, points: [] };
  const { values, ...read } = await readValues(ctx, definition, labels, grid);
  return { metric, ...read, points: pointsOf(grid, values) };
}

const pointsOf = ({ times }: Grid, values: readonly (string | null)[]) =>
  times.map((time, i) => ({ at: isoTime(time), value: values[i] ?? null }));

/** Points of all series of one answer. */
const MOST_POINTS = 50_000;

/** Every series of readings that matches, up to a number; none is no error. */
async function queryMany(
  ctx: Pick<Ctx, "db" | "actor">,
  definition: MetricDefinition,
  { labels, matchers, limit }: { labels: Labels; matchers: Matcher[]; limit: number },
  grid: Grid,
): Promise<ManyMetricSeries> {
  const { name, owner, shape } = definition;
  if (shape !== "sampled")
    throw refuse("many", `goes for readings, and ${name} is counted: ask for each by itself`);
  const { series, has_more } = await findManySeries(ctx.db, {
    owner: owner === "platform" ? null : ownerOf(ctx),
    name,
    labels,
    matches: (found) => matchers.every((matcher) => matchesLabel(matcher, found)),
    limit,
  });
  if (series.length * grid.times.length > MOST_POINTS)
    throw refuse(
      "step",
      `makes more than ${MOST_POINTS} points of ${series.length} series; make it longer, or limit lower`,
    );
  const ids = series.map(({ id }) => id);
  const values =
    ids.length === 0 ? new Map<string, (string | null)[]>() : await readManyReadings(ctx.db, ids, grid);
  const data = series.map(({ id, ...row }) => ({
    metric: name,
    ...told(name, row),
    currency: null,
    points: pointsOf(grid, values.get(id) ?? []),
  }));
  return { metric: name, data, has_more };
}

/** Labels and unit of a series of readings. */
const told = (name: string, row: { labels: Labels; unit: string | null; counter: boolean }) => ({
  labels: canonicalLabels(row.labels),
  unit: seriesUnit({ name, ...row }),
  ...(row.unit !== null && { sent_unit: row.unit }),
});

async function readValues(
  ctx: Pick<Ctx, "db" | "actor">,
  definition: MetricDefinition,
  labels: Labels,
  grid: Grid,
): Promise<Omit<MetricSeries, "metric" | "points"> & { values: (string | null)[] }> {
  const { db } = ctx;
  const { name, owner, unit } = definition;
  if (owner === "everyone") {
    const slug = labels.collection;
    if (slug === undefined)
      throw refuse("collection", "is missing: the collection that is meant, by its slug");
    return { labels, unit, ...(await readMarket(db, definition, slug, grid)) };
  }
  if (name === "activity.count") {
    const values = await readActivityCounts(db, ownerOf(ctx), labels.type, grid);
    return { labels, unit, currency: null, values };
  }
  const of = owner === "platform" ? null : ownerOf(ctx);
  const { values, ...row } = await readReadings(db, of, name, labels, grid);
  return { ...told(name, row), currency: null, values };
}
