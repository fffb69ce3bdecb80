import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { readRows } from "../../db/rows.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { findMetric, fingerprintOf } from "../catalogue.ts";
import { userEngine } from "../wake-alerts.ts";
import { type Cursor, dropCursor, moveCursor, readCursor } from "./cursor.ts";
import { msOf } from "./instant-sql.ts";
import {
  type Entry,
  type History,
  MOST_HISTORY,
  type Need,
  ROUND_ENTRIES,
  type Source,
  type SourceRound,
  type Stream,
} from "./source.ts";

type SourceCtx = Pick<Ctx, "db" | "now">;
export const ACTIVITY_METRIC = "activity.count";
/** Ids grow with the time of a request, not of its commit: one that is still under way may come before those that are in. */
export const SETTLE_MS = 2000;

export const activityCursor = (user_id: string) => `activity:${user_id}`;

/** What a user did, as a source of `activity.count`: a series for each type. */
export function activitySource(ctx: SourceCtx, user_id: string): Source {
  const source = activityCursor(user_id);
  return {
    name: source,
    engine: userEngine(user_id),
    user_id,
    metrics: [ACTIVITY_METRIC],
    subject: null,
    labels: null,
    read: (asked) => readRound(ctx, { source, user_id, ...asked }),
    forget: () => dropCursor(ctx.db, source),
  };
}

const EventRow = z.object({
  id: z.string(),
  type: z.string(),
  at: z.coerce.number(),
  received_at: z.coerce.number(),
});
type EventRow = z.infer<typeof EventRow>;

async function readRound(
  { db, now }: SourceCtx,
  {
    source,
    user_id,
    since,
    newest,
    types,
  }: { source: string; user_id: string; since: number; newest: number; types: string[] },
): Promise<SourceRound | null> {
  const at = now();
  const before = await readCursor(db, source);
  const start = before ?? (await firstCursor(db, user_id, since));
  const rows = await readEvents(db, user_id, start.epoch, at - SETTLE_MS);
  return {
    entries: rows,
    streams: await streamsOf(rows, types),
    currency: null,
    unit: null,
    clock: start.clock,
    logged: await newestEntry(db, user_id, start.epoch),
    begins: before === null || before.updated_at < newest,
    more: rows.length === ROUND_ENTRIES,
    settles_at: await settlesAt(db, user_id, at),
    readHistory: (needs) =>
      Promise.all(
        needs.map((need) => {
          const type = need.stream.labels.type ?? "";
          return readActivityHistory(db, { user_id, type, upTo: start.epoch }, need);
        }),
      ),
    move: (tx, clock) => {
      const after = { epoch: rows.at(-1)?.id ?? start.epoch, seq: 0, clock };
      return moveCursor(tx, source, { before, after, now: at });
    },
  };
}

async function firstCursor(db: Db, user_id: string, since: number): Promise<Cursor> {
  const [last] = await readRows(
    db,
    sql`select id from activity_events where user_id = ${user_id} and created_at < ${isoTime(since)}::timestamptz
      order by id collate "C" desc limit 1`,
    z.object({ id: z.string() }),
  );
  return { epoch: last?.id ?? "", seq: 0, clock: since };
}

const COLUMNS = sql`id, type, ${msOf("least(occurred_at, created_at)")} as at, ${msOf("created_at")} as received_at`;

function readEvents(db: Db, user_id: string, after: string, until: number): Promise<EventRow[]> {
  return readRows(
    db,
    sql`select ${COLUMNS} from activity_events
      where user_id = ${user_id} and id collate "C" > ${after} collate "C" and created_at <= ${isoTime(until)}::timestamptz
      order by id collate "C" limit ${ROUND_ENTRIES}::int`,
    EventRow,
  );
}

async function settlesAt(db: Db, user_id: string, now: number): Promise<number | null> {
  const [row] = await readRows(
    db,
    sql`select ${msOf("max(created_at)")} as at from activity_events
      where user_id = ${user_id} and occurred_at > ${isoTime(now)}::timestamptz - interval '1 day'
        and created_at > ${isoTime(now - SETTLE_MS)}::timestamptz`,
    z.object({ at: z.coerce.number().nullable() }),
  );
  return row?.at == null ? null : row.at + SETTLE_MS + 1;
}

async function newestEntry(db: Db, user_id: string, upTo: string): Promise<Entry | null> {
  const [row] = await readRows(
    db,
    sql`select ${COLUMNS} from activity_events where user_id = ${user_id} and id collate "C" <= ${upTo} collate "C"
      order by id collate "C" desc limit 1`,
    EventRow,
  );
  return row ?? null;
}

/** A series for each type that something is new of, or that a rule names or remembers. */
async function streamsOf(rows: EventRow[], types: string[]): Promise<Stream[]> {
  const definition = findMetric(ACTIVITY_METRIC);
  if (definition === undefined) return [];
  return Promise.all(
    [...new Set([...types, ...rows.map(({ type }) => type)])].map(async (type) => ({
      ...{ definition, labels: { type }, fingerprint: await fingerprintOf({ type }), present: null },
      points: rows.flatMap((row, index) => (row.type === type ? [{ index, point: { at: row.at } }] : [])),
    })),
  );
}

/** Events of a type up to an id that happened after `from`, and where asked for the one before them. */
export async function readActivityHistory(
  db: Db,
  { user_id, type, upTo }: { user_id: string; type: string; upTo: string },
  { from, one_before }: Omit<Need, "stream">,
): Promise<History> {
  const of = sql`user_id = ${user_id} and type = ${type} and id collate "C" <= ${upTo} collate "C"`;
  const points = await readRows(
    db,
    sql`select ${COLUMNS} from activity_events where ${of} and occurred_at > ${isoTime(from)}::timestamptz
      order by occurred_at limit ${MOST_HISTORY + 1}::int`,
    EventRow,
  );
  if (points.length > MOST_HISTORY)
    return { error: "Its window holds more than 50,000 events of this type; choose a shorter one." };
  if (!one_before) return { points: points.map(({ at }) => ({ at })), high: null };
  const before = await readRows(
    db,
    sql`select ${COLUMNS} from activity_events where ${of} and occurred_at <= ${isoTime(from)}::timestamptz
      order by occurred_at desc limit 1`,
    EventRow,
  );
  return { points: [...before, ...points].map(({ at }) => ({ at })), high: null };
}
