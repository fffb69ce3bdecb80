import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { toActivity } from "../../../shared/activity/event-row.ts";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { activity_events } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { ActivityPage, ActivityQuery } from "./schema.ts";

/** When it happened, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

/** What whoever asks has recorded, newest first by when it happened. */
export async function listActivity(
  ctx: Pick<Ctx, "db" | "actor">,
  { limit, cursor, type, from, to }: ActivityQuery,
): Promise<ActivityPage> {
  const user_id = ownerOf(ctx);
  const scope = ["activity", user_id, type, from, to];
  const key = cursor === undefined ? undefined : decodeCursor(cursor, scope, Position);
  const { occurred_at, id } = activity_events;
  const rows = await ctx.db
    .select()
    .from(activity_events)
    .where(
      and(
        eq(activity_events.user_id, user_id),
        type === undefined ? undefined : eq(activity_events.type, type),
        from === undefined ? undefined : gte(occurred_at, from),
        to === undefined ? undefined : lt(occurred_at, to),
        key && sql`(${occurred_at}, ${id}) < (${key[0]}::timestamptz, ${key[1]})`,
      ),
    )
    .orderBy(desc(occurred_at), desc(id))
    .limit(limit + 1);
  const data = rows.slice(0, limit).map(toActivity);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { data, next_cursor: more ? encodeCursor(scope, [last.occurred_at, last.id]) : null };
}
