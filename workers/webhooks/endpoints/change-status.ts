import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { cancelDeliveries } from "../../../shared/webhooks/cancel-deliveries.ts";
import { replaceTopics } from "../../../shared/webhooks/topics.ts";
import { wakeWebhooks } from "../../../shared/webhooks/wake-webhooks.ts";
import { checkMaker, checkSubjects } from "./check-subjects.ts";
import type { Webhook } from "./schema.ts";
import { lockWebhook, showWebhook, theRow } from "./webhook-row.ts";

/**
 * Turns a webhook on: it gets what happens from now on, and its failures are forgotten. Again does no harm. One that
 * stopped with its key is from then on the person's who turns it on.
 * @throws `not_found`, `conflict` where an administrator stopped it, `forbidden` for event types beyond one's permissions.
 */
export async function enableWebhook(ctx: Ctx, id: string): Promise<Webhook> {
  const row = await ctx.transact(async (tx) => {
    const before = await lockWebhook(tx, ctx, id);
    if (before.status === "active") return before;
    if (before.disabled_reason === "administrator")
      throw new AppError(
        "conflict",
        "An administrator stopped this webhook: ask one to turn it on, or delete it.",
      );
    checkSubjects(ctx, before.event_types);
    const adopted = before.disabled_reason === "key_revoked" && ctx.actor.type === "user";
    if (before.disabled_reason === "key_revoked") checkMaker(ctx, before);
    const enabled = {
      status: "active" as const,
      disabled_reason: null,
      disabled_at: null,
      failed_in_a_row: 0,
      ...(adopted && { api_key_id: null }),
    };
    const after = theRow(
      await tx
        .update(webhooks)
        .set({ ...enabled, updated_at: isoTime(ctx.now()) })
        .where(eq(webhooks.id, id))
        .returning(),
    );
    await replaceTopics(tx, ctx, after);
    await recordAudit(tx, ctx, {
      action: "webhook.enabled",
      target: { type: "webhook", id },
      before: {
        status: before.status,
        reason: before.disabled_reason,
        failed_in_a_row: before.failed_in_a_row,
        api_key_id: before.api_key_id,
      },
      after: { status: after.status, api_key_id: after.api_key_id },
    });
    return after;
  });
  wakeWebhooks(ctx, [id], { asked: true });
  return showWebhook(ctx, row);
}

/**
 * Turns a webhook off: what waits is cancelled, and what happens from now on is not recorded for it. Again does no
 * harm.
 * @throws `not_found`
 */
export async function disableWebhook(ctx: Ctx, id: string): Promise<Webhook> {
  const row = await ctx.transact(async (tx) => {
    const before = await lockWebhook(tx, ctx, id);
    // An administrator's word stands over the owner's.
    if (before.status === "disabled") return before;
    const at = isoTime(ctx.now());
    const after = theRow(
      await tx
        .update(webhooks)
        .set({ status: "disabled", disabled_reason: "owner", disabled_at: at, updated_at: at })
        .where(eq(webhooks.id, id))
        .returning(),
    );
    await cancelDeliveries(tx, ctx, id, "its owner disabled the endpoint");
    await recordAudit(tx, ctx, {
      action: "webhook.disabled",
      target: { type: "webhook", id },
      before: { status: "active" },
      after: { status: "disabled", reason: "owner" },
    });
    return after;
  });
  return showWebhook(ctx, row);
}
