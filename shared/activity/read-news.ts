import { sql } from "drizzle-orm";
import { z } from "zod";
import { SyncScope } from "../contracts/user-room.ts";
import type { Db } from "../db/client.ts";
import { TimeColumn } from "../db/instant.ts";
import { readRows } from "../db/rows.ts";

const NewsRow = z.object({
  scope: SyncScope,
  /** Of the event by which the user's room is told. */
  id: z.string(),
  /** When it was written. */
  at: TimeColumn,
  /** By what it is found by REST. */
  since: TimeColumn,
});
export type NewsRow = z.infer<typeof NewsRow>;

/**
 * What was written for a user after `from` and up to `to` (ISO 8601), oldest first, and under which ids the user's room
 * is told of it. Each part is read by an index of its own.
 */
export async function readNews(
  db: Db,
  user_id: string,
  { from, to, limit }: { from: string; to: string; limit: number },
): Promise<NewsRow[]> {
  const statement = sql`
    (select 'activity' as scope, id, created_at as at, least(occurred_at, created_at) as since from activity_events
      where user_id = ${user_id} and created_at > ${from} and created_at <= ${to} order by created_at limit ${limit})
    union all
    (select 'tasks', id || ':' || revision, updated_at, updated_at from tasks
      where user_id = ${user_id} and updated_at > ${from} and updated_at <= ${to} order by updated_at limit ${limit})
    union all
    (select 'notifications', id, created_at, created_at from notifications
      where user_id = ${user_id} and created_at > ${from} and created_at <= ${to} and archived_at is null
      order by created_at limit ${limit})
    union all
    (select 'alerts', t.alert_id || ':' || t.number, t.recorded_at, t.recorded_at
      from alerts a join alert_transitions t on t.alert_id = a.id
      where a.user_id = ${user_id} and a.updated_at > ${from}
        and t.recorded_at > ${from} and t.recorded_at <= ${to}
      order by t.recorded_at limit ${limit})
    order by at limit ${limit}`;
  return readRows(db, statement, NewsRow);
}
