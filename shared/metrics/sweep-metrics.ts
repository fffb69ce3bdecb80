import { sql } from "drizzle-orm";
import { z } from "zod";
import { endSeriesOf } from "../alerts/end-series.ts";
import { readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { OWN_SERIES } from "./make-series.ts";

const DAY_MS = 86_400_000;
/** Of one statement, and statements of one tick: far more than arrives in a minute, so that the rest never grows. */
const MOST_SAMPLES = 20_000;
const MOST_ROUNDS = 10;
const MOST_SERIES = 500;

type SweepCtx = Parameters<typeof endSeriesOf>[0] & Pick<Ctx, "config">;

const Counted = z.object({ n: z.coerce.number() });

/**
 * Removes readings older than `METRICS_KEEP_DAYS`, and series that had none for as long, a bounded number at a time. What
 * rules raised on a series resolves when it is forgotten.
 */
export async function sweepMetrics(ctx: SweepCtx): Promise<void> {
  const { db, now, config } = ctx;
  const oldest = sql`${isoTime(now() - config.METRICS_KEEP_DAYS * DAY_MS)}::timestamptz`;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const [removed] = await readRows(
      db,
      sql`with removed as (
          delete from metric_samples where ctid = any(array(
            select ctid from metric_samples where at < ${oldest} limit ${MOST_SAMPLES}::int)) returning 1)
        select count(*) as n from removed`,
      Counted,
    );
    if ((removed?.n ?? 0) < MOST_SAMPLES) break;
  }
  // Said twice: a push may have written to the series since it was found, and has it locked.
  const forgotten = sql`coalesce(last_at, created_at) < ${oldest} and ${OWN_SERIES}`;
  const found = await readRows(
    db,
    sql`select id from metric_series where ${forgotten} order by last_at limit ${MOST_SERIES}::int`,
    z.object({ id: z.string() }),
  );
  if (found.length === 0) return;
  const ids = found.map(({ id }) => id);
  await endSeriesOf(ctx, ids);
  await db.execute(sql`
    delete from metric_series where ${forgotten} and id in (
      select json_array_elements_text(${JSON.stringify(ids)}::json))`);
}
