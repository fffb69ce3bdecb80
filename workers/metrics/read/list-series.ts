import { sql } from "drizzle-orm";
import { z } from "zod";
import { findMetric, METRICS } from "../../../shared/alerts/catalogue.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { canonicalMoney } from "../../../shared/domain/money.ts";
import { OWN_SERIES } from "../../../shared/metrics/make-series.ts";
import { canonicalLabels } from "../../../shared/metrics/series.ts";
import { seriesUnit } from "../../../shared/metrics/units.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { SeriesPage, SeriesQuery } from "./schema.ts";

const SeriesRow = z.object({
  id: z.string(),
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  counter: z.boolean(),
  unit: z.string().nullable(),
  value: z.string().transform(canonicalMoney).nullable(),
  last_at: TimeColumn.nullable(),
  created_at: TimeColumn,
});

const Key = z.tuple([z.string(), z.string()]);

/** One's own series, by name and then as they were made. */
export async function listSeries(ctx: Pick<Ctx, "db" | "actor">, query: SeriesQuery): Promise<SeriesPage> {
  const { metric, host, limit, cursor } = query;
  const scope = ["series", metric ?? null, host ?? null];
  const after = cursor === undefined ? undefined : decodeCursor(cursor, scope, Key);
  const rows = await readRows(
    ctx.db,
    sql`select s.id, s.name, s.labels, s.counter, s.unit, s.last_at, s.created_at,
        (select m.value::text from metric_samples m where m.series_id = s.id order by m.at desc limit 1) as value
      from metric_series s
      where s.user_id = ${ownerOf(ctx)} and ${OWN_SERIES}
        and ${metric === undefined ? sql`true` : sql`s.name = ${metric}`}
        and ${host === undefined ? sql`true` : sql`s.labels->>'host' = ${host}`}
        and ${after === undefined ? sql`true` : sql`(s.name collate "C", s.id) > (${after[0]} collate "C", ${after[1]})`}
      order by s.name collate "C", s.id limit ${limit + 1}::int`,
    SeriesRow,
  );
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  return {
    data: page.map(({ name, labels, counter, unit, ...row }) => ({
      ...row,
      metric: name,
      labels: canonicalLabels(labels),
      type: counter ? "counter" : "gauge",
      unit: seriesUnit({ name, unit, counter }),
      sent_unit: unit,
    })),
    next_cursor: last === undefined ? null : encodeCursor(scope, [last.name, last.id]),
  };
}

const NameRow = z.object({
  name: z.string(),
  labels: z.array(z.string()),
  unit: z.string().nullable(),
  counter: z.boolean(),
});

/** Every metric there is, with those that only the caller has: under which names and labels they were pushed. */
export async function readCatalogue(ctx: Pick<Ctx, "db" | "actor">): Promise<MetricDefinition[]> {
  if (ctx.actor.type === "anonymous" || ctx.actor.type === "system") return [...METRICS];
  const known = new Set(METRICS.map(({ name }) => name));
  const names = await readRows(
    ctx.db,
    sql`select name, coalesce(array_agg(distinct label) filter (where label is not null), '{}') as labels,
        max(unit) as unit, bool_or(counter) as counter
      from metric_series left join lateral jsonb_object_keys(labels) as label on true
      where user_id = ${ownerOf(ctx)} and ${OWN_SERIES} group by name order by name`,
    NameRow,
  );
  const own = names.flatMap(({ name, labels, unit, counter }) => {
    const definition = known.has(name) ? undefined : findMetric(name);
    if (definition === undefined) return [];
    const told = { unit: seriesUnit({ name, unit, counter }), ...(unit !== null && { sent_unit: unit }) };
    return [{ ...definition, ...told, labels: [...labels].sort() }];
  });
  return [...METRICS, ...own];
}
