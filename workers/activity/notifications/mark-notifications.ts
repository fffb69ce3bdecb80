import { and, eq, isNull, sql } from "drizzle-orm";
import { publishToUser } from "../../../shared/activity/publish-to-user.ts";
import type { Notification } from "../../../shared/contracts/notifications.ts";
import { notifications } from "../../../shared/db/schema/index.ts";
import { toNotification } from "../../../shared/notifications/notification-row.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

export type Mark = "read" | "unread" | "archive";

/** Has the other devices read the list again. */
function tellDevices(ctx: Ctx, user_id: string, what: string): void {
  const at = isoTime(ctx.now());
  const data = { scopes: ["notifications" as const], since: null };
  publishToUser(ctx, user_id, { kind: "sync", id: `${what}:${at}`, at, data });
}

/** Marks one notification of whoever asks; a time that is there stays. Throws `not_found`. */
export async function markNotification(ctx: Ctx, id: string, mark: Mark): Promise<Notification> {
  const user_id = ownerOf(ctx);
  const at = isoTime(ctx.now());
  const sets = {
    read: { read_at: sql`coalesce(${notifications.read_at}, ${at}::timestamptz)` },
    unread: { read_at: null },
    archive: { archived_at: sql`coalesce(${notifications.archived_at}, ${at}::timestamptz)` },
  } as const;
  const [row] = await ctx.db
    .update(notifications)
    .set(sets[mark])
    .where(and(eq(notifications.id, id), eq(notifications.user_id, user_id)))
    .returning();
  if (row === undefined) throw new AppError("not_found", "You have no such notification.");
  tellDevices(ctx, user_id, `${id}:${mark}`);
  return toNotification(row);
}

/** Marks whatever is unread and not archived as read. */
export async function markAllRead(ctx: Ctx): Promise<number> {
  const user_id = ownerOf(ctx);
  const marked = await ctx.db
    .update(notifications)
    .set({ read_at: isoTime(ctx.now()) })
    .where(
      and(
        eq(notifications.user_id, user_id),
        isNull(notifications.read_at),
        isNull(notifications.archived_at),
      ),
    )
    .returning({ id: notifications.id });
  if (marked.length > 0) tellDevices(ctx, user_id, "notifications:read-all");
  return marked.length;
}
