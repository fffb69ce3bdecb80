import { sql } from "drizzle-orm";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { firstIdOf } from "../platform/ids.ts";

const DAY_MS = 86_400_000;
/** Of one tick; the rest goes a minute later. */
const MOST_FORGOTTEN = 5000;

/** Removes notifications older than `NOTIFICATIONS_KEEP_DAYS`, unread ones too, with what was to be sent of them. */
export async function forgetNotifications({
  db,
  now,
  config,
}: Pick<Ctx, "db" | "now" | "config">): Promise<void> {
  const oldest = now() - config.NOTIFICATIONS_KEEP_DAYS * DAY_MS;
  await db.execute(sql`
    delete from notifications where id in (
      select id from notifications
      where id < ${firstIdOf("ntf", oldest)} and created_at < ${isoTime(oldest)}::timestamptz
      order by id limit ${MOST_FORGOTTEN}::int)`);
}
