import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { type Reader, readRows } from "../../db/rows.ts";
import { seriesUnit } from "../../metrics/units.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { findMetric, fingerprintOf } from "../catalogue.ts";
import { MovedError } from "../commit/changes.ts";
import type { ValuePoint } from "../engine/types.ts";
import { PLATFORM_ENGINE, userEngine } from "../wake-alerts.ts";
import { msOf } from "./instant-sql.ts";
import {
  type History,
  MOST_HISTORY,
  type Need,
  ROUND_ENTRIES,
  type Source,
  type SourceRound,
} from "./source.ts";

const SeriesRow = z.object({
  id: z.string(),
  user_id: z.string().nullable(),
  name: z.string(),
  labels: z.record(z.string(), z.string()),
  subject: z.string(),
  unit: z.string().nullable(),
  counter: z.boolean(),
  last_at: z.coerce.number().nullable(),
  evaluated_at: z.coerce.number().nullable(),
});
export type SeriesRow = z.infer<typeof SeriesRow>;

/** Series `s` of a user's, or the platform's; said so that an index finds them, as `is not distinct from` does not. */
export const ownedBy = (user_id: string | null): SQL =>
  user_id === null ? sql`s.user_id is null` : sql`s.user_id = ${user_id}`;

const LOOKS_AT_SERIES: SQL = sql`r.metric = s.name and r.subject in (coalesce(nullif(s.subject, ''), '*'), '*')`;
/** Whether a rule `r` looks at a series `s` that is its owner's; it may name other labels yet. */
export const LOOKS_AT_OWN: SQL = sql`r.user_id = s.user_id and ${LOOKS_AT_SERIES}`;
/** The same of a series of the platform's, whose rules are anybody's. */
export const LOOKS_AT_PLATFORMS: SQL = sql`s.user_id is null and ${LOOKS_AT_SERIES}`;
/** Whether a rule `r` looks at a series that is `ownedBy` a user: their rules are few, everybody's on a metric are not. */
export const looksAtSeriesOf = (user_id: string | null): SQL =>
  user_id === null ? LOOKS_AT_PLATFORMS : sql`r.user_id = ${user_id} and ${LOOKS_AT_SERIES}`;

/** Columns of `SeriesRow` of `metric_series s`. */
export const SERIES_COLUMNS = sql`s.id, s.user_id, s.name, s.labels, s.subject, s.unit, s.counter, ${msOf("s.last_at")} as last_at,
  ${msOf("s.evaluated_at")} as evaluated_at`;

export const readSeries = (db: Db, where: ReturnType<typeof sql>) =>
  readRows(db, sql`select ${SERIES_COLUMNS} from metric_series s where ${where}`, SeriesRow);

/** The readings of one series, a user's own or the platform's. */
export function readingsSource(ctx: Pick<Ctx, "db">, series: SeriesRow): Source {
  return {
    name: `series:${series.id}`,
    engine: series.user_id === null ? PLATFORM_ENGINE : userEngine(series.user_id),
    user_id: series.user_id,
    metrics: [series.name],
    subject: series.subject === "" ? "*" : series.subject,
    labels: series.labels,
    read: ({ since }) => readRound(ctx, series, since),
    forget: async () => {},
  };
}

async function readRound(
  { db }: Pick<Ctx, "db">,
  series: SeriesRow,
  since: number,
): Promise<SourceRound | null> {
  const definition = findMetric(series.name);
  if (definition === undefined) return null;
  // Readings say when they were taken, and not when they came: what was taken before any rule began is history.
  const start = Math.max(series.evaluated_at ?? since, since);
  const points = await readSamples(db, series.id, { after: start, limit: ROUND_ENTRIES });
  const more = points.length === ROUND_ENTRIES;
  // The first reading of a counter is no sample: it has been seen too.
  const last = Math.max(points.at(-1)?.at ?? start, more ? start : (series.last_at ?? start));
  const fingerprint = await fingerprintOf(series.labels);
  return {
    entries: points.map((point) => ({ at: point.at, received_at: point.at })),
    streams: [
      {
        ...{ definition, labels: series.labels, fingerprint, present: null },
        points: points.map((point, index) => ({ index, point })),
      },
    ],
    currency: null,
    unit: seriesUnit(series),
    clock: start,
    logged: null,
    begins: last !== series.evaluated_at,
    more,
    settles_at: null,
    readHistory: (needs) => Promise.all(needs.map((need) => readReadingsHistory(db, series.id, start, need))),
    move: (tx) => moveSeries(tx, series, last),
  };
}

const Sample = z.object({ at: z.coerce.number(), value: z.string() });

/** The next readings after an instant, oldest first. */
function readSamples(
  db: Db,
  series_id: string,
  { after, limit }: { after: number; limit: number },
): Promise<ValuePoint[]> {
  return readRows(
    db,
    sql`select ${msOf("at")} as at, value::text as value from metric_samples
      where series_id = ${series_id} and at > ${isoTime(after)}::timestamptz order by at limit ${limit}::int`,
    Sample,
  );
}

/** Readings after `from` up to an instant, and where asked for the one before them. */
export async function readReadingsHistory(
  db: Db,
  series_id: string,
  upTo: number,
  { from, one_before }: Omit<Need, "stream">,
): Promise<History> {
  const points = await readRows(
    db,
    sql`select ${msOf("at")} as at, value::text as value from metric_samples
      where series_id = ${series_id} and at > ${isoTime(from)}::timestamptz and at <= ${isoTime(upTo)}::timestamptz
      order by at limit ${MOST_HISTORY + 1}::int`,
    Sample,
  );
  if (points.length > MOST_HISTORY)
    return { error: "Its window holds more than 50,000 readings of this series; choose a shorter one." };
  if (!one_before) return { points, high: null };
  const before = await readRows(
    db,
    sql`select ${msOf("at")} as at, value::text as value from metric_samples
      where series_id = ${series_id} and at <= ${isoTime(Math.min(from, upTo))}::timestamptz order by at desc limit 1`,
    Sample,
  );
  return { points: [...before, ...points], high: null };
}

/** Moves up to where the series was seen, and holds its row. */
async function moveSeries(tx: Reader, { id, evaluated_at }: SeriesRow, to: number): Promise<void> {
  const before = evaluated_at === null ? null : isoTime(evaluated_at);
  const moved = await readRows(
    tx,
    sql`update metric_series set evaluated_at = ${isoTime(to)}::timestamptz
      where id = ${id} and evaluated_at is not distinct from ${before}::timestamptz returning 1 as moved`,
    z.object({ moved: z.number() }),
  );
  if (moved.length === 0) throw new MovedError("a series");
}
