import { sql } from "drizzle-orm";
import { z } from "zod";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { deliveries } from "../../../shared/db/schema/index.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { wakeWebhooks } from "../../../shared/webhooks/wake-webhooks.ts";
import { lockWebhook } from "../endpoints/webhook-row.ts";
import { readDelivery } from "./read.ts";
import type { Queued } from "./schema.ts";

/** For asking again for something of a webhook that is turned off. */
export function isDisabled(): AppError {
  return new AppError(
    "conflict",
    "This webhook is disabled: turn it on by POST /api/v1/webhooks/{id}/enable first.",
  );
}

const Position = z.object({
  position: z.coerce.number(),
  collection: z.string(),
  expires_at: TimeColumn.nullable(),
});

/**
 * Sends the message of a delivery again, under the same `webhook-id`, with attempts of its own.
 * @throws `not_found`, or `conflict` where the webhook is disabled or the message worthless by now.
 */
export async function resendDelivery(ctx: Ctx & Answers<Queued>, id: string): Promise<Queued> {
  const { webhook_id, message_id, event_type } = await readDelivery(ctx, id);
  const at = isoTime(ctx.now());
  const delivery_id = newId("dlv", ctx.now());
  const queued = { delivery_id, message_id, event_type };
  await ctx.transact(async (tx) => {
    const { status } = await lockWebhook(tx, ctx, webhook_id);
    if (status !== "active") throw isDisabled();
    const [of] = await readRows(
      tx,
      sql`select d.position, d.collection, m.expires_at from deliveries d join messages m on m.id = d.message_id
        where d.id = ${id} for key share of m`,
      Position,
    );
    if (of === undefined) throw new AppError("not_found", "This delivery was forgotten just now.");
    if (of.expires_at !== null && of.expires_at <= at)
      throw new AppError(
        "conflict",
        `This message was of use until ${of.expires_at} only; it is not sent any more.`,
      );
    await tx.insert(deliveries).values({
      id: delivery_id,
      webhook_id,
      message_id,
      position: of.position,
      collection: of.collection,
      cause: "resend",
      status: "pending",
      next_attempt_at: at,
      next_attempt_reason: "first attempt",
      created_at: at,
    });
    await ctx.keepAnswer?.(tx, queued);
  });
  wakeWebhooks(ctx, [webhook_id], { asked: true });
  return queued;
}
