import { deliveries, messages } from "../../../shared/db/schema/index.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { catalogueEntry } from "../../../shared/webhooks/catalogue.ts";
import { wakeWebhooks } from "../../../shared/webhooks/wake-webhooks.ts";
import { lockWebhook } from "../endpoints/webhook-row.ts";
import type { Queued } from "./schema.ts";

/** Begins the ids of messages that tell of nothing that happened, so that no replay takes them for real. */
export const TEST_MESSAGE = "msg_test_";

/**
 * Sends an example of an event type, once, whatever the webhook asks for, and also where it is turned off.
 * @throws `not_found`
 */
export async function sendTest(
  ctx: Ctx & Answers<Queued>,
  webhook_id: string,
  event_type: string,
): Promise<Queued> {
  const entry = catalogueEntry(event_type);
  if (entry === undefined) throw new AppError("invalid_request", `There is no event type ${event_type}.`);
  const at = isoTime(ctx.now());
  const message_id = newId("msg", ctx.now()).replace("msg_", TEST_MESSAGE);
  const delivery_id = newId("dlv", ctx.now());
  const queued = { delivery_id, message_id, event_type };
  await ctx.transact(async (tx) => {
    const { user_id } = await lockWebhook(tx, ctx, webhook_id);
    const data = event_type === "webhook.test" ? { ...entry.example, webhook_id } : entry.example;
    const message = { id: message_id, type: event_type, user_id, data };
    await tx.insert(messages).values({ ...message, occurred_at: at, created_at: at });
    await tx.insert(deliveries).values({
      id: delivery_id,
      webhook_id,
      message_id,
      cause: "test",
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
