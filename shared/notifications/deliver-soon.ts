import { and, inArray, isNull } from "drizzle-orm";
import { type PublishCtx, tellRoom } from "../activity/publish-to-user.ts";
import { notifications } from "../db/schema/index.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { describeError } from "../platform/errors.ts";
import { traceparent } from "../platform/trace.ts";
import { notificationEvent, toNotification } from "./notification-row.ts";

type DeliverCtx = PublishCtx & Pick<Ctx, "db">;

/** A mail costs a few requests, of which one invocation may make a thousand. */
const MOST_IN_A_JOB = 100;

/**
 * Shows notifications on their users' devices and puts on the queue what is to be sent, after the commit that made
 * them and after the answer. What is lost here is found by the next tick.
 */
export function deliverNotificationsSoon(ctx: DeliverCtx, ids: readonly string[]): void {
  if (ids.length > 0) ctx.later(deliverNotifications(ctx, ids));
}

/** The same at once; never throws. */
export async function deliverNotifications(
  ctx: Omit<DeliverCtx, "later">,
  ids: readonly string[],
): Promise<void> {
  await Promise.all([showInApp(ctx, ids), queueSends(ctx, ids)]);
}

/** Tells devices of notifications; a room that was told before tells none twice. What stays unmarked is found by the tick. */
export async function showInApp(ctx: Omit<DeliverCtx, "later">, ids: readonly string[]): Promise<void> {
  try {
    const rows = await ctx.db
      .select()
      .from(notifications)
      .where(and(inArray(notifications.id, [...ids]), isNull(notifications.archived_at)));
    const heard = await Promise.all(
      rows.map((row) => tellRoom(ctx, row.user_id, [notificationEvent(toNotification(row))])),
    );
    const shown = rows.filter((_, index) => heard[index]).map(({ id }) => id);
    if (shown.length === 0) return;
    await ctx.db
      .update(notifications)
      .set({ shown_at: isoTime(ctx.now()) })
      .where(inArray(notifications.id, shown));
  } catch (error) {
    ctx.log.warn("notifications are shown on devices by the next tick", {
      notifications: ids.length,
      error: describeError(error),
    });
  }
}

/** Puts notifications on the queue, whose consumer sends what of them is due. Never throws. */
export async function queueSends(
  { queue, trace, log }: Pick<Ctx, "queue" | "trace" | "log">,
  ids: readonly string[],
): Promise<void> {
  for (let start = 0; start < ids.length; start += MOST_IN_A_JOB) {
    const notification_ids = ids.slice(start, start + MOST_IN_A_JOB);
    const job = { type: "send_notifications" as const, notification_ids };
    try {
      await queue.send({ job, traceparent: traceparent(trace) });
    } catch (error) {
      log.warn("notifications wait for the next tick", {
        notifications: notification_ids.length,
        error: describeError(error),
      });
    }
  }
}
