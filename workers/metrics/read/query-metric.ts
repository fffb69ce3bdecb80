import { findMetric, isPushable } from "../../../shared/alerts/catalogue.ts";
import type { Permission } from "../../../shared/contracts/access.ts";
import {
  type ManyMetricSeries,
  type MetricDefinition,
  MetricLabels,
  type MetricSeries,
} from "../../../shared/contracts/metrics.ts";
import { canonicalLabels, type Labels } from "../../../shared/metrics/series.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { requirePermission } from "../../../shared/platform/http/authorise.ts";
import { type Grid, planGrid, pointsOf, refuse } from "./grid.ts";
import { MATCH_PREFIX, splitMatchers } from "./matchers.ts";
import { queryMany } from "./query-many.ts";
import { readMarket } from "./read-market.ts";
import { readActivityCounts, readReadings } from "./read-own.ts";
import type { QueryParameters } from "./schema.ts";
import { describeSeries } from "./series-labels.ts";

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

function checkLabels(definition: MetricDefinition, names: readonly string[], prefix = ""): void {
  if (isPushable(definition.name)) return;
  const known = definition.labels.join(", ");
  for (const name of names)
    if (!definition.labels.includes(name))
      throw refuse(prefix + name, `is no parameter and no label of ${definition.name}, which has ${known}`);
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
  checkLabels(definition, Object.keys(labels));
  checkLabels(
    definition,
    matchers.map(({ label }) => label),
    MATCH_PREFIX,
  );
  const grid = planGrid({ window, from, to, step }, definition, ctx.now());
  if (many === "true" || matchers.length > 0) {
    if (many === "false") throw refuse("many", "must not be false where a match. parameter asks for many");
    return queryMany(ctx, definition, { labels, matchers, limit }, grid);
  }
  if (grid.times.length === 0) return { metric, labels, unit: definition.unit, currency: null, points: [] };
  const { values, ...read } = await readValues(ctx, definition, labels, grid);
  return { metric, ...read, points: pointsOf(grid, values) };
}

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
  return { ...describeSeries(name, row), currency: null, values };
}
