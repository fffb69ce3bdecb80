import { sql } from "drizzle-orm";
import { z } from "zod";
import { TimeColumn } from "../db/instant.ts";
import { readRows } from "../db/rows.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import { counterRates } from "./counter-rates.ts";
import type { Sample } from "./judge-samples.ts";

/** Readings of one series. */
export interface SeriesReadings {
  fingerprint: string;
  samples: Sample[];
}

export interface StoredReadings {
  /** Series that are not there (any more): nothing was written, and they are to be made first. */
  missing: string[];
  accepted: number;
  duplicate: number;
  late: number;
  /** Readings of the other type than their series. */
  mismatched: { index: number; kept_as: "gauge" | "counter" }[];
  /** Whether a rule of the owner looks at one of the metrics. */
  watched: boolean;
}

const SeriesRow = z.object({
  id: z.string(),
  fingerprint: z.string(),
  counter: z.boolean(),
  last_raw: z.string().nullable(),
  last_at: TimeColumn.transform((text) => Date.parse(text)).nullable(),
});
type SeriesRow = z.infer<typeof SeriesRow>;

/** A row of `metric_samples`, with the reading that it comes from. */
interface Row {
  series_id: string;
  at: number;
  value: string;
}

interface Plan {
  rows: Row[];
  newest: { id: string; raw: string; at: number; unit: string | null }[];
  /** Readings that make no row: the first of a counter. */
  without_row: number;
  duplicate: number;
  /** Counters older than the newest reading, by what would be their row's key. */
  late: { series_id: string; at: number }[];
  mismatched: StoredReadings["mismatched"];
}

/**
 * Writes readings in one transaction, in a few statements however many there are. Rows of series are locked in one order,
 * so pushes of the same series take turns: a counter's growth is counted once.
 */
export async function storeReadings(
  tx: Pick<Tx, "execute">,
  user_id: string,
  groups: readonly SeriesReadings[],
): Promise<StoredReadings> {
  const known = await lockSeries(
    tx,
    groups.map(({ fingerprint }) => fingerprint),
  );
  const missing = groups.flatMap(({ fingerprint }) => (known.has(fingerprint) ? [] : [fingerprint]));
  const nothing = { accepted: 0, duplicate: 0, late: 0, mismatched: [], watched: false };
  if (missing.length > 0) return { ...nothing, missing };
  const plan = planRows(groups, known);
  const written = plan.rows.length === 0 ? 0 : await insertRows(tx, plan.rows);
  if (plan.newest.length > 0) await moveNewest(tx, plan.newest);
  const known_late = plan.late.length === 0 ? 0 : await countStored(tx, plan.late);
  const accepted = written + plan.without_row;
  return {
    missing,
    accepted,
    duplicate: plan.duplicate + (plan.rows.length - written) + known_late,
    late: plan.late.length - known_late,
    mismatched: plan.mismatched,
    watched: accepted > 0 && (await isWatched(tx, user_id, groups)),
  };
}

async function lockSeries(tx: Pick<Tx, "execute">, fingerprints: string[]): Promise<Map<string, SeriesRow>> {
  const rows = await readRows(
    tx,
    sql`select id, fingerprint, counter, last_raw, last_at from metric_series
      where fingerprint = any(array(select json_array_elements_text(${JSON.stringify(fingerprints)}::json)))
      order by fingerprint for no key update`,
    SeriesRow,
  );
  return new Map(rows.map((row) => [row.fingerprint, row]));
}

function planRows(groups: readonly SeriesReadings[], known: Map<string, SeriesRow>): Plan {
  const plan: Plan = { rows: [], newest: [], without_row: 0, duplicate: 0, late: [], mismatched: [] };
  for (const { fingerprint, samples } of groups) {
    const series = known.get(fingerprint);
    if (series === undefined) continue;
    const own = samples.filter((sample) => fits(sample, series));
    const kept_as = series.counter ? "counter" : "gauge";
    for (const sample of samples)
      if (!fits(sample, series)) plan.mismatched.push({ index: sample.index, kept_as });
    // By time, and those of one time as they came: sorting is stable.
    const ordered = own.sort((a, b) => a.at - b.at);
    if (series.counter) planCounter(plan, series, ordered);
    else planGauge(plan, series, ordered);
  }
  return plan;
}

/** Whether a reading is of its series' type: what was sent without one is, except that no counter is negative. */
const fits = ({ counter, certain, value }: Sample, series: SeriesRow) =>
  counter === series.counter || (!certain && !(series.counter && value.startsWith("-")));

/** The unit of the newest reading that names one. */
const unitOf = (readings: readonly Sample[]) => readings.findLast(({ unit }) => unit !== null)?.unit ?? null;

function planGauge(plan: Plan, series: SeriesRow, readings: Sample[]): void {
  let before: number | null = null;
  for (const { at, value } of readings) {
    if (at === before) plan.duplicate += 1;
    else plan.rows.push({ series_id: series.id, at, value });
    before = at;
  }
  const newest = readings.at(-1);
  if (newest !== undefined && newest.at > (series.last_at ?? Number.NEGATIVE_INFINITY))
    plan.newest.push({ id: series.id, raw: newest.value, at: newest.at, unit: unitOf(readings) });
}

function planCounter(plan: Plan, series: SeriesRow, readings: Sample[]): void {
  const { id, last_raw, last_at } = series;
  const before = last_raw === null || last_at === null ? null : { value: last_raw, at: last_at };
  const { outcomes, last } = counterRates(before, readings);
  for (const [place, outcome] of outcomes.entries()) {
    const at = readings[place]?.at ?? 0;
    if (outcome.kind === "rate") plan.rows.push({ series_id: id, at, value: outcome.value });
    else if (outcome.kind === "first") plan.without_row += 1;
    else if (outcome.kind === "same") plan.duplicate += 1;
    else plan.late.push({ series_id: id, at });
  }
  if (last !== null && last.at !== before?.at)
    plan.newest.push({ id, raw: last.value, at: last.at, unit: unitOf(readings) });
}

const Place = z.object({ n: z.coerce.number() });

async function insertRows(tx: Pick<Tx, "execute">, rows: readonly Row[]): Promise<number> {
  const input = JSON.stringify(rows.map((row) => ({ ...row, at: isoTime(row.at) })));
  const [counted] = await readRows(
    tx,
    sql`with written as (
        insert into metric_samples (series_id, at, value)
        select i.series_id, i.at, i.value
        from json_to_recordset(${input}::json) as i(series_id text, at timestamptz, value numeric)
        on conflict do nothing returning 1)
      select count(*) as n from written`,
    Place,
  );
  return counted?.n ?? 0;
}

async function moveNewest(tx: Pick<Tx, "execute">, newest: Plan["newest"]): Promise<void> {
  const input = JSON.stringify(newest.map((row) => ({ ...row, at: isoTime(row.at) })));
  await tx.execute(sql`
    update metric_series s set last_raw = i.raw, last_at = i.at, unit = coalesce(i.unit, s.unit)
    from json_to_recordset(${input}::json) as i(id text, raw numeric, at timestamptz, unit text)
    where s.id = i.id`);
}

/** How many of these were counted before: a push that is sent again is no late one. */
async function countStored(tx: Pick<Tx, "execute">, late: Plan["late"]): Promise<number> {
  const input = JSON.stringify(late.map((row) => ({ ...row, at: isoTime(row.at) })));
  const [counted] = await readRows(
    tx,
    sql`select count(*) as n
      from json_to_recordset(${input}::json) as i(series_id text, at timestamptz)
      join metric_samples s on s.series_id = i.series_id and s.at = i.at`,
    Place,
  );
  return counted?.n ?? 0;
}

async function isWatched(
  tx: Pick<Tx, "execute">,
  user_id: string,
  groups: readonly SeriesReadings[],
): Promise<boolean> {
  const names = new Set(groups.flatMap(({ samples }) => samples.map(({ name }) => name)));
  const found = await readRows(
    tx,
    sql`select r.id from alert_rules r where r.user_id = ${user_id} and r.enabled
      and r.metric = any(array(select json_array_elements_text(${JSON.stringify([...names])}::json))) limit 1`,
    z.object({ id: z.string() }),
  );
  return found.length > 0;
}
