import { and, count, desc, eq, isNotNull, isNull, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { notifications } from "../../../shared/db/schema/index.ts";
import { toNotification } from "../../../shared/notifications/notification-row.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { NotificationPage, NotificationsQuery } from "./schema.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

/** The notifications of whoever asks, newest first. */
export async function listNotifications(
  ctx: Pick<Ctx, "db" | "actor">,
  { limit, cursor, unread, archived, kind }: NotificationsQuery,
): Promise<NotificationPage> {
  const user_id = ownerOf(ctx);
  const scope = ["notifications", user_id, unread ?? null, archived, kind ?? null];
  const from = cursor === undefined ? undefined : decodeCursor(cursor, scope, Position);
  const own = eq(notifications.user_id, user_id);
  const [rows, [unreads]] = await ctx.db.batch([
    ctx.db
      .select()
      .from(notifications)
      .where(
        and(
          own,
          archived ? isNotNull(notifications.archived_at) : isNull(notifications.archived_at),
          unread === undefined
            ? undefined
            : unread
              ? isNull(notifications.read_at)
              : isNotNull(notifications.read_at),
          kind && eq(notifications.kind, kind),
          from &&
            sql`(${notifications.created_at}, ${notifications.id}) < (${from[0]}::timestamptz, ${from[1]})`,
        ),
      )
      .orderBy(desc(notifications.created_at), desc(notifications.id))
      .limit(limit + 1),
    ctx.db
      .select({ count: count() })
      .from(notifications)
      .where(and(own, isNull(notifications.read_at), isNull(notifications.archived_at))),
  ]);
  const data = rows.slice(0, limit).map(toNotification);
  const last = data.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data,
    next_cursor: more ? encodeCursor(scope, [last.created_at, last.id]) : null,
    unread_count: unreads?.count ?? 0,
  };
}
