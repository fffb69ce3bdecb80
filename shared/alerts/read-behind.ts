import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { type Reader, readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import { EVALUATED } from "./rule-row.ts";
import { LOOKS_AT_OWN, LOOKS_AT_PLATFORMS } from "./sources/readings.ts";
import { isWatched } from "./watched-sql.ts";

/** An engine that has left something lying for so long is behind: woken, it takes a second or two. */
export const BEHIND_MS = 30_000;
/** Readings older than this have been seen by many ticks; what came late is history. */
const LOOK_BACK = "1 hour";

/** How far the engines of alerts are behind what is stored. */
export const Behind = z.object({
  /** When the oldest of what no engine has looked at came, ms since 1970; null: nothing waits. */
  alerts_behind_at: z.coerce.number().nullable(),
  /** Engines with something that came more than `BEHIND_MS` ago. */
  alerts_engines_behind: z.coerce.number(),
});
export type Behind = z.infer<typeof Behind>;

/** Columns of `Behind`, each a subquery of one row. Looks at cursors, so that it costs what is watched. `now`: ms since 1970. */
export function behindColumns(now: number): SQL {
  const before = sql`${isoTime(now - BEHIND_MS)}::timestamptz`;
  return sql`
    (select extract(epoch from min(b.at)) * 1000 from (${ahead(before)}) b) as alerts_behind_at,
    (select count(distinct b.engine) from (${ahead(before)}) b where b.at <= ${before}) as alerts_engines_behind`;
}

/** The same by itself. */
export async function readBehind(db: Reader, now: number): Promise<Behind> {
  const [row] = await readRows(db, sql`select ${behindColumns(now)}`, Behind);
  if (row === undefined) throw new Error("a statement of one row gave none");
  return row;
}

const ahead = (before: SQL): SQL => sql`${aheadCollections} union all ${aheadSeries(before)}`;

const first = (epoch: SQL, after: SQL): SQL => sql`(select e.received_at from market_events e
  where e.collection_id = c.id and e.epoch = ${epoch} and e.seq > ${after} order by e.seq limit 1)`;

const aheadCollections: SQL = sql`
  select a.source as engine, coalesce(${first(sql`a.epoch`, sql`a.seq::bigint`)}, ${first(sql`s.epoch`, sql`0`)}) as at
  from alert_cursors a join collections c on c.slug = substr(a.source, ${"collection:".length + 1}::int)
  join collection_state s on s.collection_id = c.id
  where a.source like 'collection:%' and (a.epoch <> s.epoch or a.seq < s.seq)
    and ${isWatched(sql.raw("c.slug"))}`;

/** Series that rules have looked at before and still do. */
const aheadSeries = (before: SQL): SQL => sql`
  select coalesce('user:' || s.user_id, 'platform') as engine, s.last_at as at from metric_series s
  where s.last_at > s.evaluated_at and s.last_at <= ${before} and s.last_at > ${before} - ${LOOK_BACK}::interval
    and exists (select from alert_rules r join users u on u.id = r.user_id
      where ${EVALUATED} and ((${LOOKS_AT_OWN}) or (${LOOKS_AT_PLATFORMS})))`;
