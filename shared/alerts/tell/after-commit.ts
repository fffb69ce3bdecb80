import { publishToUser } from "../../activity/publish-to-user.ts";
import { deliverNotificationsSoon } from "../../notifications/deliver-soon.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { wakeWebhooks } from "../../webhooks/wake-webhooks.ts";
import { wakeAlerts } from "../wake-alerts.ts";
import type { AfterCommit } from "./record-transitions.ts";

type AfterCtx = Pick<
  Ctx,
  "db" | "rooms" | "queue" | "deliveries" | "trace" | "log" | "later" | "now" | "alertEngine"
>;

/** Shows users' devices what changed, and has webhooks and notifications sent; after the commit and after the answer. */
export function afterCommit(ctx: AfterCtx, { events, webhooks, engines, notifications }: AfterCommit): void {
  const byUser = Map.groupBy(events, ({ user_id }) => user_id);
  for (const [user_id, own] of byUser) publishToUser(ctx, user_id, ...own.map(({ event }) => event));
  wakeWebhooks(ctx, webhooks);
  deliverNotificationsSoon(ctx, notifications);
  wakeAlerts(ctx, ...engines);
}
