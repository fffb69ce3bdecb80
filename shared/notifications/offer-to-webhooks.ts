import { sql } from "drizzle-orm";
import { z } from "zod";
import { type Reader, readRows } from "../db/rows.ts";
import type { Tx } from "../db/transaction.ts";
import type { Ctx } from "../platform/ctx.ts";
import { traceparent } from "../platform/trace.ts";
import { queueDeliveries } from "../webhooks/queue-deliveries.ts";
import { recordMessage } from "../webhooks/record-message.ts";

const TYPE = "notification.created";

interface Offered {
  id: string;
  user_id: string;
  kind: string;
  level: string;
  title: string;
  body: string;
  data: Record<string, unknown> | null;
  created_at: string;
}

/** So that the message of a notification can be found again. */
const messageIdOf = (notification_id: string) => notification_id.replace(/^ntf_/, "msg_");

/** Those who have an endpoint that asks for notifications, so that the others cost no statement each. */
async function readTakers(db: Reader, user_ids: readonly string[]): Promise<Set<string>> {
  const rows = await readRows(
    db,
    sql`select distinct user_id from webhook_topics
      where event_type in (${TYPE}, 'notification.*') and user_id = any(${sql.param([...user_ids])}::text[])`,
    z.object({ user_id: z.string() }),
  );
  return new Set(rows.map(({ user_id }) => user_id));
}

/** Offers notifications to their users' own webhooks, in the transaction that makes them. They wait for no quiet hours. */
export async function offerToWebhooks(
  tx: Pick<Tx, "execute">,
  ctx: Pick<Ctx, "now">,
  notifications: readonly Offered[],
): Promise<void> {
  if (notifications.length === 0) return;
  const takers = await readTakers(
    tx,
    notifications.map(({ user_id }) => user_id),
  );
  for (const { user_id, ...data } of notifications)
    if (takers.has(user_id))
      await recordMessage(tx, ctx, {
        id: messageIdOf(data.id),
        type: TYPE,
        user_id,
        data,
        occurred_at: data.created_at,
      });
}

/** Has the endpoints look that were offered these notifications, after the commit. */
export async function wakeOffered(
  ctx: Pick<Ctx, "db" | "deliveries" | "trace" | "log">,
  notification_ids: readonly string[],
): Promise<void> {
  const rows = await readRows(
    ctx.db,
    sql`select distinct webhook_id from deliveries
      where status = 'pending' and message_id = any(${sql.param(notification_ids.map(messageIdOf))}::text[])`,
    z.object({ webhook_id: z.string() }),
  );
  const work = { log: ctx.log, traceparent: traceparent(ctx.trace) };
  await queueDeliveries(
    ctx.deliveries,
    rows.map(({ webhook_id }) => webhook_id),
    work,
  );
}
