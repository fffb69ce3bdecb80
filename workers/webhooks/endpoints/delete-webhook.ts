import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { wakeWebhooks } from "../../../shared/webhooks/wake-webhooks.ts";
import { auditedOf, lockWebhook } from "./webhook-row.ts";

/** Removes a webhook with its deliveries; nothing more is sent to it. Throws `not_found`. */
export async function deleteWebhook(ctx: Ctx, id: string): Promise<void> {
  await ctx.transact(async (tx) => {
    const row = await lockWebhook(tx, ctx, id);
    await tx.delete(webhooks).where(eq(webhooks.id, id));
    await recordAudit(tx, ctx, {
      action: "webhook.deleted",
      target: { type: "webhook", id },
      before: auditedOf(row),
    });
  });
  // Its object finds that it is gone, and forgets it.
  wakeWebhooks(ctx, [id]);
}
