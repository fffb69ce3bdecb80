import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { queueSends, showInApp } from "./deliver-soon.ts";
import { MOST_ATTEMPTS } from "./retry.ts";

/** Of one tick; the rest is due a minute later. */
const MOST_QUEUED = 1000;

/** Whoever made it has shown it by then, or has died. */
const SHOWN_WITHIN_MS = 15_000;
/** Shown by one tick: each is a call to a room. */
const MOST_SHOWN = 200;
/** What is older, devices have read in the list. */
const OLD_MS = 3_600_000;

/** Shows on devices what a worker committed and did not show before it died, or of which it did not hear. */
async function showMissed(ctx: Pick<Ctx, "db" | "now" | "queue" | "trace" | "log" | "rooms">): Promise<void> {
  const rows = await readRows(
    ctx.db,
    sql`select id from notifications where shown_at is null and archived_at is null
        and created_at <= ${isoTime(ctx.now() - SHOWN_WITHIN_MS)}::timestamptz
        and created_at > ${isoTime(ctx.now() - OLD_MS)}::timestamptz
      order by created_at limit ${MOST_SHOWN}::int`,
    z.object({ id: z.string() }),
  );
  if (rows.length > 0)
    await showInApp(
      ctx,
      rows.map(({ id }) => id),
    );
}

/**
 * Queues what has become due, and what got lost on its way; settles what died in its last attempt; shows on devices what
 * was not shown.
 */
export async function sweepNotifications(
  ctx: Pick<Ctx, "db" | "now" | "queue" | "trace" | "log" | "rooms">,
): Promise<void> {
  await showMissed(ctx);
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
