import { and, eq } from "drizzle-orm";
import { deliveries, webhook_topics } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";

/** Nothing more goes to an endpoint: what waits is cancelled, and no new message is recorded for it. */
export async function cancelDeliveries(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  webhook_id: string,
  reason: string,
): Promise<void> {
  await tx.delete(webhook_topics).where(eq(webhook_topics.webhook_id, webhook_id));
  await tx
    .update(deliveries)
    .set({
      status: "cancelled",
      next_attempt_at: null,
      next_attempt_reason: reason,
      leased_until: null,
      finished_at: isoTime(ctx.now()),
    })
    .where(and(eq(deliveries.webhook_id, webhook_id), eq(deliveries.status, "pending")));
}
