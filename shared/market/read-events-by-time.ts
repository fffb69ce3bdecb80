import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { EventPage } from "../contracts/collections.ts";
import type { MarketEvent } from "../contracts/market.ts";
import type { Db } from "../db/client.ts";
import { decodeCursor, encodeCursor } from "../db/cursor.ts";
import { type EventFilter, selectEvents } from "./event-filter.ts";
import { EVENT_COLUMNS, toEvents } from "./event-row.ts";
import { collectionNotFound } from "./not-found.ts";

export interface TimedQuery extends EventFilter {
  order: "asc" | "desc";
  limit: number;
  cursor?: string | undefined;
}

// A year 0 is a date in ISO 8601 and none in Postgres.
const TimeKey = z.tuple([
  z.iso.datetime().refine((text) => !text.startsWith("0000")),
  z.number().int().min(0),
  z
    .string()
    .max(64)
    .regex(/^[^\0]*$/),
]);

function timeKey({ occurred_at, seq, epoch }: MarketEvent): z.infer<typeof TimeKey> {
  return [occurred_at, seq, epoch];
}

/** The statement of a page of events by the time they happened, and how its rows become the page. */
export function eventsByTime(
  slug: string,
  query: TimedQuery,
): { statement: SQL; page(rows: unknown[]): Pick<EventPage, "data" | "next_cursor"> } {
  const { cursor, limit, order, ...filter } = query;
  const scope = [slug, order, filter];
  const key = cursor === undefined ? undefined : decodeCursor(cursor, scope, TimeKey);
  const beyond = sql.raw(order === "desc" ? "<" : ">");
  const after =
    key === undefined
      ? sql`true`
      : sql`(e.occurred_at, e.seq, e.epoch) ${beyond} (${key[0]}::timestamptz, ${key[1]}::bigint, ${key[2]})`;
  const direction = sql.raw(order);
  return {
    statement: selectEvents(slug, filter, {
      columns: EVENT_COLUMNS,
      beyond: after,
      order: sql`e.occurred_at ${direction}, e.seq ${direction}, e.epoch ${direction}`,
      limit: limit + 1,
    }),
    page: (rows) => {
      const events = toEvents(slug, rows);
      const data = events.slice(0, limit);
      const last = data.at(-1);
      const more = events.length > limit && last !== undefined;
      return { data, next_cursor: more ? encodeCursor(scope, timeKey(last)) : null };
    },
  };
}

/**
 * Events of a collection by the time they happened. Throws `not_found` for an unknown collection,
 * `invalid_request` for a cursor that is not of this list.
 */
export async function readEventsByTime(db: Db, slug: string, query: TimedQuery): Promise<EventPage> {
  const { statement, page } = eventsByTime(slug, query);
  const { rows } = await db.execute(statement);
  if (rows.length === 0) await assertCollection(db, slug);
  return { ...page(rows), position: null };
}

async function assertCollection(db: Db, slug: string): Promise<void> {
  const { rows } = await db.execute(sql`select 1 as found from collections where slug = ${slug}`);
  if (rows.length === 0) throw collectionNotFound(slug);
}
