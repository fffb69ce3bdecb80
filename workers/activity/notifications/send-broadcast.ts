import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { queueBroadcast } from "../../../shared/notifications/broadcast.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { BroadcastRequest } from "./schema.ts";

/** Has every active user notified, by jobs of a chunk each. The same cause again reaches whom it has not reached. */
export async function sendBroadcast(ctx: Ctx, { cause, ...words }: BroadcastRequest): Promise<void> {
  await ctx.transact((tx) =>
    recordAudit(tx, ctx, {
      action: "notification.broadcast",
      target: { type: "broadcast", id: cause },
      after: words,
    }),
  );
  await queueBroadcast(ctx, { notification: { ...words, cause: `broadcast:${cause}` }, after: null });
}
