import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { addMoney, canonicalMoney, divideMoney, subtractMoney } from "../../../shared/domain/money.ts";
import type { Labels } from "../../../shared/metrics/series.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Grid } from "./grid.ts";
import { type Sum, slide } from "./slide.ts";

const StretchRow = z.object({
  end: z.coerce.number(),
  n: z.coerce.number(),
  sum: z.string().transform(canonicalMoney),
});
type Readings = z.infer<typeof StretchRow>;

const CountRow = z.object({ end: z.coerce.number(), n: z.coerce.number() });

class MeanSum implements Sum<Readings, string | null> {
  #n = 0;
  #sum = "0";

  add({ n, sum }: Readings): void {
    this.#n += n;
    this.#sum = addMoney(this.#sum, sum);
  }

  remove({ n, sum }: Readings): void {
    this.#n -= n;
    this.#sum = subtractMoney(this.#sum, sum);
  }

  read(): string | null {
    return this.#n === 0 ? null : divideMoney(this.#sum, String(this.#n));
  }
}

type Counted = z.infer<typeof CountRow>;

class CountSum implements Sum<Counted, string> {
  #n = 0;

  add({ n }: Counted): void {
    this.#n += n;
  }

  remove({ n }: Counted): void {
    this.#n -= n;
  }

  read(): string {
    return String(this.#n);
  }
}

/** What all windows of a grid lie in: from the first beginning to the last end. */
const spanOf = ({ times, window }: Grid) => ({
  from: sql`${isoTime((times[0] ?? 0) - window)}::timestamptz`,
  to: sql`${isoTime(times.at(-1) ?? 0)}::timestamptz`,
});

/** The end of the stretch that a reading lies in, with that end: what was read at an instant is known at it. */
const endOfReading = (stretch: number): SQL =>
  sql`ceil(extract(epoch from at) * 1000 / ${stretch}::bigint) * ${stretch}::bigint`;

/** The end of the stretch that an event lies in, without that end: what happened at an instant counts after it. */
const endOfEvent = (stretch: number): SQL =>
  sql`(floor(extract(epoch from occurred_at) * 1000 / ${stretch}::bigint) + 1) * ${stretch}::bigint`;

const SeriesRow = z.object({
  id: z.string(),
  labels: z.record(z.string(), z.string()),
  counter: z.boolean(),
  unit: z.string().nullable(),
});
type SeriesRow = z.infer<typeof SeriesRow>;
const ownedBy = (owner: string | null) => (owner === null ? sql`user_id is null` : sql`user_id = ${owner}`);

/** Of the series that labels leave open, so many are named. */
const MOST_NAMED = 5;

/**
 * The one series of an owner's (`null`: the platform's) that these labels name: the one that has no others, or the only
 * one that has them. Throws `not_found`, and `invalid_request` with what tells several apart.
 */
async function findSeries(db: Db, owner: string | null, name: string, labels: Labels) {
  const found = await readRows(
    db,
    sql`select id, labels, counter, unit from metric_series where ${ownedBy(owner)} and name = ${name}
      and labels @> ${JSON.stringify(labels)}::jsonb
      order by labels = ${JSON.stringify(labels)}::jsonb desc, labels::text, id limit ${MOST_NAMED + 1}::int`,
    SeriesRow,
  );
  const [first, ...others] = found;
  if (first === undefined)
    throw new AppError(
      "not_found",
      `No readings of ${name} with these labels are known. GET /api/v1/metrics/series lists them.`,
    );
  const exact = Object.keys(first.labels).length === Object.keys(labels).length;
  if (exact || others.length === 0) return first;
  const named = found.slice(0, MOST_NAMED).map((series) => JSON.stringify(series.labels));
  const message = `must name one series, and several have these labels: ${named.join(", ")}${found.length > MOST_NAMED ? " and more" : ""}`;
  throw new AppError("invalid_request", `The labels ${message}.`, {
    details: [{ pointer: "?labels", message }],
  });
}

/** Readings, averaged over what each point looks back over; `null` where none came. */
export async function readReadings(db: Db, owner: string | null, name: string, labels: Labels, grid: Grid) {
  const series = await findSeries(db, owner, name, labels);
  const { from, to } = spanOf(grid);
  const stretches = await readRows(
    db,
    sql`select ${endOfReading(grid.stretch)} as end, count(*) as n, sum(value)::text as sum from metric_samples
      where series_id = ${series.id} and at > ${from} and at <= ${to} group by 1 order by 1`,
    StretchRow,
  );
  return { ...series, values: slide(grid.times, grid.window, stretches, new MeanSum()) };
}

/** Of one name and owner: more than a plan has room for. */
const MOST_CANDIDATES = 10_000;

/** What series of readings are asked for: labels as they are, and patterns of others. */
export interface ReadingsQuery {
  owner: string | null;
  name: string;
  labels: Labels;
  matches: (labels: Labels) => boolean;
  limit: number;
}

/** The series that match, in the order of their labels, at most `limit`; and whether there are more. */
export async function findManySeries(
  db: Db,
  { owner, name, labels, matches, limit }: ReadingsQuery,
): Promise<{ series: SeriesRow[]; has_more: boolean }> {
  const found = await readRows(
    db,
    sql`select id, labels, counter, unit from metric_series where ${ownedBy(owner)} and name = ${name}
      and labels @> ${JSON.stringify(labels)}::jsonb order by labels::text, id limit ${MOST_CANDIDATES}::int`,
    SeriesRow,
  );
  const series = found.filter((row) => matches(row.labels));
  return { series: series.slice(0, limit), has_more: series.length > limit };
}

const OwnStretchRow = StretchRow.extend({ series_id: z.string() });

/** The same means as of one series, for several, by their ids. */
export async function readManyReadings(
  db: Db,
  ids: readonly string[],
  grid: Grid,
): Promise<Map<string, (string | null)[]>> {
  if (ids.length === 0) return new Map();
  const { from, to } = spanOf(grid);
  const stretches = await readRows(
    db,
    sql`select series_id, ${endOfReading(grid.stretch)} as end, count(*) as n, sum(value)::text as sum
      from metric_samples
      where series_id = any(array(select json_array_elements_text(${JSON.stringify(ids)}::json)))
        and at > ${from} and at <= ${to} group by 1, 2 order by 1, 2`,
    OwnStretchRow,
  );
  const own = Map.groupBy(stretches, ({ series_id }) => series_id);
  return new Map(ids.map((id) => [id, slide(grid.times, grid.window, own.get(id) ?? [], new MeanSum())]));
}

/** How many events of one's activity there were in each window, of one type or of all. */
export async function readActivityCounts(db: Db, user_id: string, type: string | undefined, grid: Grid) {
  const ofType = type === undefined ? sql`true` : sql`type = ${type}`;
  const { from, to } = spanOf(grid);
  const stretches = await readRows(
    db,
    sql`select ${endOfEvent(grid.stretch)} as end, count(*) as n from activity_events
      where user_id = ${user_id} and ${ofType} and occurred_at >= ${from} and occurred_at < ${to} group by 1 order by 1`,
    CountRow,
  );
  return slide(grid.times, grid.window, stretches, new CountSum());
}

const TypeRow = CountRow.extend({ type: z.string() });

/**
 * The same by type, in the order of types: of those that `where` leaves and that something was recorded of in the time,
 * the first `limit`; and whether there are more.
 */
export async function readCountsByType(
  db: Db,
  { user_id, where, limit }: { user_id: string; where: readonly SQL[]; limit: number },
  grid: Grid,
): Promise<{ types: Map<string, string[]>; has_more: boolean }> {
  const { from, to } = spanOf(grid);
  const filter = sql.join(
    [sql`user_id = ${user_id}`, sql`occurred_at >= ${from}`, sql`occurred_at < ${to}`, ...where],
    sql` and `,
  );
  const stretches = await readRows(
    db,
    sql`with types as (select type from activity_events where ${filter} group by type order by type limit ${limit + 1}::int)
      select type, ${endOfEvent(grid.stretch)} as end, count(*) as n from activity_events
      where ${filter} and type in (select type from types) group by 1, 2 order by 1, 2`,
    TypeRow,
  );
  const byType = [...Map.groupBy(stretches, ({ type }) => type)];
  const types = byType
    .slice(0, limit)
    .map(([type, own]) => [type, slide(grid.times, grid.window, own, new CountSum())] as const);
  return { types: new Map(types), has_more: byType.length > limit };
}
