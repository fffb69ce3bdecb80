import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../../db/rows.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { describeError } from "../../platform/errors.ts";
import { EVALUATED } from "../rule-row.ts";
import { msOf } from "../sources/instant-sql.ts";
import { looksAtSeriesOf, ownedBy, readingsSource, readSeries, type SeriesRow } from "../sources/readings.ts";
import { PLATFORM_ENGINE, userEngine } from "../wake-alerts.ts";
import { type EvaluateCtx, evaluateSource, ROUNDS_MS } from "./evaluate-source.ts";
import { takeNewRules } from "./new-rules.ts";

/** Series in one run, and at once. */
const MOST_SERIES = 200;
const AT_ONCE = 4;

/**
 * Evaluates a user's rules on the series that something is new of, that something is due for, or that a new rule looks at;
 * without a user, those on the platform's. One that fails holds up no other, and fails the run in the end.
 */
export async function evaluateReadings(ctx: EvaluateCtx, user_id: string | null): Promise<{ more: boolean }> {
  const news = await takeNewRules(ctx, user_id, MOST_SERIES);
  const series = await findSeries(ctx, user_id);
  const ids = new Set(series.map(({ id }) => id));
  const all = await evaluateAll(ctx, [...series, ...news.series.filter(({ id }) => !ids.has(id))]);
  if (!all) return { more: true };
  await news.done();
  return { more: news.more || series.length === MOST_SERIES };
}

/** Whether there was time for all of them. */
async function evaluateAll(ctx: EvaluateCtx, series: readonly SeriesRow[]): Promise<boolean> {
  const failed: unknown[] = [];
  const until = ctx.now() + ROUNDS_MS;
  let first = 0;
  for (; first < series.length && ctx.now() <= until; first += AT_ONCE)
    await Promise.all(
      series.slice(first, first + AT_ONCE).map(async (each) => {
        try {
          await evaluateSource(ctx, readingsSource(ctx, each));
        } catch (error) {
          ctx.log.error("a series was not evaluated", { series: each.id, error: describeError(error) });
          failed.push(error);
        }
      }),
    );
  if (failed.length > 0) throw failed[0];
  return first >= series.length;
}

function findSeries({ db, now }: Pick<Ctx, "db" | "now">, user_id: string | null): Promise<SeriesRow[]> {
  const at = isoTime(now());
  const engine = user_id === null ? PLATFORM_ENGINE : userEngine(user_id);
  return readSeries(
    db,
    sql`${ownedBy(user_id)} and (
      (s.last_at > coalesce(s.evaluated_at, '-infinity') and exists (
        select from alert_rules r join users u on r.user_id = u.id where ${EVALUATED} and ${looksAtSeriesOf(user_id)}))
      or exists (select from alert_states t join alert_rules r on r.id = t.rule_id join users u on r.user_id = u.id
        where t.engine = ${engine} and t.due_at <= ${at}::timestamptz and r.metric = s.name and t.labels = s.labels
          and ${EVALUATED})
    ) order by s.evaluated_at nulls first, s.id limit ${MOST_SERIES}::int`,
  );
}

/** When something that an engine looks after falls due next, by time alone. Who may not log in has nothing due. */
export async function readNextDue({ db }: Pick<Ctx, "db">, engine: string): Promise<number | null> {
  const [row] = await readRows(
    db,
    sql`select ${msOf("min(t.due_at)")} as due_at from alert_states t
      join alert_rules r on r.id = t.rule_id join users u on r.user_id = u.id
      where t.engine = ${engine} and t.due_at is not null and ${EVALUATED}`,
    z.object({ due_at: z.coerce.number().nullable() }),
  );
  return row?.due_at ?? null;
}
