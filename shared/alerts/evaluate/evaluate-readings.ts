import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../../db/rows.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { describeError } from "../../platform/errors.ts";
import { msOf } from "../sources/instant-sql.ts";
import { readingsSource, readSeries, type SeriesRow } from "../sources/readings.ts";
import { PLATFORM_ENGINE, userEngine } from "../wake-alerts.ts";
import { type EvaluateCtx, evaluateSource } from "./evaluate-source.ts";

/** Series in one run, and at once. */
const MOST_SERIES = 200;
const AT_ONCE = 4;
/** A rule that is as new as this may not have been evaluated on series that are silent. */
const NEW_RULE = "1 hour";

/**
 * Evaluates a user's rules on the series that something is new of, that something is due for, or that a new rule looks at;
 * without a user, those on the platform's. One that fails holds up no other, and fails the run in the end.
 */
export async function evaluateReadings(ctx: EvaluateCtx, user_id: string | null): Promise<{ more: boolean }> {
  const series = await findSeries(ctx, user_id);
  const failed: unknown[] = [];
  for (let first = 0; first < series.length; first += AT_ONCE)
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
  return { more: series.length === MOST_SERIES };
}

function findSeries({ db, now }: Pick<Ctx, "db" | "now">, user_id: string | null): Promise<SeriesRow[]> {
  const at = isoTime(now());
  const engine = user_id === null ? PLATFORM_ENGINE : userEngine(user_id);
  return readSeries(
    db,
    sql`s.user_id is not distinct from ${user_id} and (
      exists (select from alert_rules r
        where r.enabled and r.metric = s.name and r.subject in (coalesce(nullif(s.subject, ''), '*'), '*')
          and (${user_id}::text is null or r.user_id = ${user_id})
          and (s.last_at > coalesce(s.evaluated_at, '-infinity')
            or (r.enabled_at > coalesce(s.evaluated_at, '-infinity')
              and r.enabled_at > ${at}::timestamptz - ${NEW_RULE}::interval)))
      or exists (select from alert_states t join alert_rules r on r.id = t.rule_id
        where t.engine = ${engine} and t.due_at <= ${at}::timestamptz and r.metric = s.name and t.labels = s.labels
          and r.enabled)
    ) order by s.evaluated_at nulls first, s.id limit ${MOST_SERIES}::int`,
  );
}

/** When something that an engine looks after falls due next, by time alone. */
export async function readNextDue({ db }: Pick<Ctx, "db">, engine: string): Promise<number | null> {
  const [row] = await readRows(
    db,
    sql`select ${msOf("min(due_at)")} as due_at from alert_states where engine = ${engine} and due_at is not null`,
    z.object({ due_at: z.coerce.number().nullable() }),
  );
  return row?.due_at ?? null;
}
