import { sql } from "drizzle-orm";
import { z } from "zod";
import type { EventPage } from "../contracts/collections.ts";
import type { Db } from "../db/client.ts";
import { decodeCursor, encodeCursor } from "../db/cursor.ts";
import { AppError } from "../platform/errors.ts";
import { type EventFilter, selectEvents } from "./event-filter.ts";
import { EVENT_COLUMNS, toEvents } from "./event-row.ts";
import { collectionNotFound } from "./not-found.ts";

export interface NumberedQuery extends EventFilter {
  after_seq: number;
  /** The current epoch where it is left out. */
  epoch?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

const Place = z.object({
  current_epoch: z.string().nullable(),
  epoch: z.string().nullable(),
  head: z.coerce.number(),
});

/**
 * Events after a number, in the order of the numbers: for a live reader that has fallen behind. Throws
 * `not_found` for an unknown collection, `invalid_request` for an epoch that it never had.
 */
export async function readEventsByNumber(db: Db, slug: string, query: NumberedQuery): Promise<EventPage> {
  const { after_seq, epoch, limit, cursor, ...filter } = query;
  const scope = [slug, "seq", epoch ?? null, filter];
  const after = cursor === undefined ? after_seq : decodeCursor(cursor, scope, z.number().int().min(0));
  const asked = sql`coalesce(${epoch ?? null}, s.epoch)`;
  const state = sql`collections c left join collection_state s on s.collection_id = c.id where c.slug = ${slug}`;
  const [places, events] = await db.batch([
    db.execute(sql`
      select s.epoch as current_epoch, coalesce(e.epoch, case when s.epoch = ${asked} then s.epoch end) as epoch,
        coalesce(greatest(e.seq, case when s.epoch = ${asked} then s.seq end), 0) as head
      from collections c
      left join collection_state s on s.collection_id = c.id
      left join lateral (
        select m.epoch, m.seq from market_events m where m.collection_id = c.id and m.epoch = ${asked}
        order by m.seq desc limit 1
      ) e on true
      where c.slug = ${slug}`),
    db.execute(
      selectEvents(slug, filter, {
        columns: EVENT_COLUMNS,
        beyond: sql`e.epoch = (select ${asked} from ${state}) and e.seq > ${after}::bigint`,
        order: sql`e.seq`,
        limit: limit + 1,
      }),
    ),
  ]);
  const [place] = Place.array().parse(places.rows);
  if (place === undefined) throw collectionNotFound(slug);
  if (epoch !== undefined && place.epoch === null) throw unknownEpoch(slug, epoch, place.current_epoch);
  const rows = toEvents(slug, events.rows);
  const data = rows.slice(0, limit);
  // A reader that is ahead of the numbering must not be told that it has everything up to there.
  const last = data.at(-1)?.seq ?? Math.min(after, place.head);
  const more = rows.length > limit;
  return {
    data,
    next_cursor: more ? encodeCursor(scope, last) : null,
    position: {
      epoch: place.epoch,
      seq: more ? last : Math.max(last, place.head),
      head: place.head,
      current_epoch: place.current_epoch,
    },
  };
}

function unknownEpoch(slug: string, epoch: string, current: string | null): AppError {
  const known = current === null ? "it has no events yet" : `the current one is "${current}"`;
  const message = `is no epoch of "${slug}": ${known}`;
  return new AppError("invalid_request", `The epoch "${epoch}" ${message}.`, {
    details: [{ pointer: "?epoch", message }],
  });
}
