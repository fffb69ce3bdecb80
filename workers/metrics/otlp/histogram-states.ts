import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { HistogramState } from "./interval-quantiles.ts";

const StateRow = z.object({
  fingerprint: z.string(),
  at: TimeColumn.transform((text) => Date.parse(text)),
  buckets: z.array(z.tuple([z.number(), z.number(), z.number()])),
});

/** The newest states of histograms, by the fingerprints of the series of their counts. */
export async function readHistogramStates(
  db: Pick<Db, "execute">,
  fingerprints: readonly string[],
): Promise<Map<string, HistogramState>> {
  const rows = await readRows(
    db,
    sql`select s.fingerprint, h.at, h.buckets from metric_series s join metric_histograms h on h.series_id = s.id
      where s.fingerprint = any(array(select json_array_elements_text(${JSON.stringify(fingerprints)}::json)))`,
    StateRow,
  );
  return new Map(
    rows.map(({ fingerprint, at, buckets }) => [
      fingerprint,
      { at, buckets: buckets.map(([lower, upper, count]) => ({ lower, upper, count })) },
    ]),
  );
}

/** Keeps states that are newer than those kept; those of series that are not there are not kept either. */
export async function saveHistogramStates(
  db: Pick<Db, "execute">,
  states: ReadonlyMap<string, HistogramState>,
): Promise<void> {
  const rows = [...states].map(([fingerprint, { at, buckets }]) => ({
    fingerprint,
    at: isoTime(at),
    buckets: buckets.map(({ lower, upper, count }) => [lower, upper, count]),
  }));
  await db.execute(sql`
    insert into metric_histograms as h (series_id, at, buckets)
    select s.id, i.at, i.buckets
    from json_to_recordset(${JSON.stringify(rows)}::json) as i(fingerprint text, at timestamptz, buckets jsonb)
    join metric_series s on s.fingerprint = i.fingerprint order by s.id
    on conflict (series_id) do update set at = excluded.at, buckets = excluded.buckets where h.at < excluded.at`);
}
