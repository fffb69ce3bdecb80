import { sql } from "drizzle-orm";
import { z } from "zod";
import { readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { traceparent } from "../platform/trace.ts";
import { queueDeliveries } from "./queue-deliveries.ts";

/** So many endpoints are woken by one tick, and so many old messages forgotten. */
const MOST_WOKEN = 500;
const MOST_FORGOTTEN = 5000;
const DAY_MS = 86_400_000;

/** Endpoints with something due that nobody is sending. In no order, so that none is always left over. */
async function findDue({ db, now }: Pick<Ctx, "db" | "now">): Promise<string[]> {
  const at = isoTime(now());
  const rows = await readRows(
    db,
    sql`select w.id from webhooks w
      where exists (select from deliveries d where d.webhook_id = w.id and d.status = 'pending'
        and d.next_attempt_at <= ${at}::timestamptz
        and (d.leased_until is null or d.leased_until <= ${at}::timestamptz))
      order by random() limit ${MOST_WOKEN}::int`,
    z.object({ id: z.string() }),
  );
  return rows.map(({ id }) => id);
}

/** Whatever the queue lost, and whatever an object left behind that is gone; then forgets what is old and done. */
export async function sweepDeliveries(
  ctx: Pick<Ctx, "db" | "now" | "deliveries" | "trace" | "log" | "config">,
): Promise<void> {
  const due = await findDue(ctx);
  const work = { log: ctx.log, traceparent: traceparent(ctx.trace) };
  if (due.length > 0) await queueDeliveries(ctx.deliveries, due, work);
  const oldest = isoTime(ctx.now() - ctx.config.WEBHOOK_KEEP_DAYS * DAY_MS);
  await ctx.db.execute(sql`
    delete from messages where id in (
      select m.id from messages m where m.created_at < ${oldest}::timestamptz
        and not exists (select from deliveries d where d.message_id = m.id and d.status = 'pending')
      order by m.created_at limit ${MOST_FORGOTTEN}::int)`);
}
