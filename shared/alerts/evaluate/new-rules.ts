import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../../db/rows.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { EVALUATED } from "../rule-row.ts";
import { readCursor } from "../sources/cursor.ts";
import { msOf } from "../sources/instant-sql.ts";
import { looksAtSeriesOf, ownedBy, readSeries, type SeriesRow } from "../sources/readings.ts";
import { PLATFORM_ENGINE, userEngine } from "../wake-alerts.ts";

/** Series that rules have never looked at. */
interface NewRules {
  series: SeriesRow[];
  /** Whether there are others. */
  more: boolean;
  /** Notes that these were looked at; call it when they were. */
  done(): Promise<void>;
}

const NOTHING: NewRules = { series: [], more: false, done: async () => {} };

/**
 * The next series that the newest rules look at, each once, whether or not anything comes of them: a rule may say that
 * nothing came. The cursor holds up to which rules that was done, and while it is under way, up to which it is being done
 * (`seq`) and the last series (`epoch`).
 */
export async function takeNewRules(
  ctx: Pick<Ctx, "db" | "now">,
  user_id: string | null,
  most: number,
): Promise<NewRules> {
  const { db } = ctx;
  const source = `rules:${user_id === null ? PLATFORM_ENGINE : userEngine(user_id)}`;
  const [cursor, newest] = await Promise.all([readCursor(db, source), newestRule(ctx, user_id)]);
  const seen = cursor?.clock ?? null;
  const target = cursor !== null && cursor.seq > 0 ? cursor.seq : newest;
  if (target === null || (seen !== null && target <= seen)) return NOTHING;
  const series = await readSeries(
    db,
    sql`${ownedBy(user_id)} and s.id > ${cursor?.epoch ?? ""} and exists (
        select from alert_rules r join users u on r.user_id = u.id where ${EVALUATED} and ${looksAtSeriesOf(user_id)}
          and (${seen === null}::boolean or r.enabled_at > ${isoTime(seen ?? 0)}::timestamptz))
      order by s.id limit ${most}::int`,
  );
  const last = series.length === most ? series.at(-1) : undefined;
  return {
    series,
    more: last !== undefined || (newest ?? target) > target,
    async done() {
      const clock = isoTime(last === undefined ? target : (seen ?? 0));
      await db.execute(sql`insert into alert_cursors (source, epoch, seq, clock, updated_at)
        values (${source}, ${last?.id ?? ""}, ${last === undefined ? 0 : target}::bigint, ${clock}::timestamptz,
          ${isoTime(ctx.now())}::timestamptz)
        on conflict (source) do update set epoch = excluded.epoch, seq = excluded.seq, clock = excluded.clock,
          updated_at = excluded.updated_at`);
    },
  };
}

/** When the newest rule on readings was enabled (ms since 1970); `null`: there is none. */
async function newestRule({ db }: Pick<Ctx, "db">, user_id: string | null): Promise<number | null> {
  const own =
    user_id === null
      ? sql`r.metric in (select distinct name from metric_series s where ${ownedBy(null)})`
      : sql`r.user_id = ${user_id} and r.metric !~ '^(market|platform|activity)\\.'`;
  const [row] = await readRows(
    db,
    sql`select ${msOf("max(r.enabled_at)")} as at from alert_rules r join users u on r.user_id = u.id
      where ${EVALUATED} and ${own}`,
    z.object({ at: z.coerce.number().nullable() }),
  );
  return row?.at ?? null;
}
