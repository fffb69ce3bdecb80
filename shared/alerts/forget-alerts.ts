import { sql } from "drizzle-orm";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { firstIdOf } from "../platform/ids.ts";

const DAY_MS = 86_400_000;
/** Of one tick; the rest goes a minute later. */
const MOST_FORGOTTEN = 5000;
/** What never fired is kept for so long: a reading that often crosses its threshold makes very many. */
export const UNTOLD_KEEP_DAYS = 7;
/** What a missed tick left behind is found for so many days more, and then with the rest. */
const LOOK_BACK_DAYS = 2;

/**
 * Removes alerts that resolved more than `ALERTS_KEEP_DAYS` ago, by the wall clock, with their transitions; those that
 * never fired after 7 days; and silences that ended as long ago.
 */
export async function forgetAlerts({ db, now, config }: Pick<Ctx, "db" | "now" | "config">): Promise<void> {
  const oldest = now() - config.ALERTS_KEEP_DAYS * DAY_MS;
  const untold = now() - UNTOLD_KEEP_DAYS * DAY_MS;
  await db.execute(sql`
    delete from alerts where id in (
      select id from alerts
      where id < ${firstIdOf("alr", oldest)} and state = 'resolved' and updated_at < ${isoTime(oldest)}::timestamptz
      order by id limit ${MOST_FORGOTTEN}::int)`);
  await db.execute(sql`
    delete from alerts where id in (
      select id from alerts
      where id >= ${firstIdOf("alr", untold - LOOK_BACK_DAYS * DAY_MS)} and id < ${firstIdOf("alr", untold)}
        and state = 'resolved' and fired_at is null and updated_at < ${isoTime(untold)}::timestamptz
      order by id limit ${MOST_FORGOTTEN}::int)`);
  await db.execute(sql`
    delete from silences where id in (
      select id from silences
      where id < ${firstIdOf("sil", oldest)} and ends_at < ${isoTime(oldest)}::timestamptz
      order by id limit ${MOST_FORGOTTEN}::int)`);
}
