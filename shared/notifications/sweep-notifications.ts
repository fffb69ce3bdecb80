import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { queueSends } from "./deliver-soon.ts";
import { MOST_ATTEMPTS } from "./retry.ts";

/** Of one tick; the rest is due a minute later. */
const MOST_QUEUED = 1000;

/** Queues what has become due, and what got lost on its way; settles what died in its last attempt. */
export async function sweepNotifications(
  ctx: Pick<Ctx, "db" | "now" | "queue" | "trace" | "log">,
): Promise<void> {
  const at = isoTime(ctx.now());
  await ctx.db.execute(sql`update notification_sends set status = 'failed', leased_until = null,
      last_error = coalesce(last_error, 'the last attempt did not come to an end')
    where status = 'pending' and attempts >= ${MOST_ATTEMPTS} and leased_until <= ${at}::timestamptz`);
  const due = await readRows(
    ctx.db,
    sql`select distinct notification_id from (
        select notification_id from notification_sends
        where status = 'pending' and due_at <= ${at}::timestamptz
          and (leased_until is null or leased_until <= ${at}::timestamptz)
        order by due_at limit ${MOST_QUEUED}) as due`,
    z.object({ notification_id: z.string() }),
  );
  await queueSends(
    ctx,
    due.map(({ notification_id }) => notification_id),
  );
}
