import { forgetAlerts } from "../shared/alerts/forget-alerts.ts";
import { sweepAlerts } from "../shared/alerts/sweep-alerts.ts";
import { sweepMails } from "../shared/mail/sweep-mails.ts";
import { sweepMetrics } from "../shared/metrics/sweep-metrics.ts";
import { samplePlatform } from "../shared/monitoring/sample-platform.ts";
import { forgetNotifications } from "../shared/notifications/forget-notifications.ts";
import { sweepNotifications } from "../shared/notifications/sweep-notifications.ts";
import type { Ctx } from "../shared/platform/ctx.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { describeError } from "../shared/platform/errors.ts";
import { sweepIdempotencyKeys } from "../shared/platform/http/idempotent.ts";
import { sweepDeliveries } from "../shared/webhooks/sweep-deliveries.ts";
import { sweepAccounts } from "./auth/sweep/sweep-accounts.ts";
import { systemContext } from "./context.ts";
import { enqueuePolls } from "./market/polling/enqueue-polls.ts";
import { sweepAfterOutage } from "./sweep-leaving.ts";

/** Each tick only puts small jobs on the queue, so that no invocation outgrows its limits. */
export async function handleScheduled(
  _event: ScheduledController,
  env: Bindings,
  execution: ExecutionContext,
): Promise<void> {
  const ctx = systemContext(env, "cron", null, execution);
  await Promise.all([
    enqueuePolls(ctx),
    attempt(ctx, "mails not swept", () => sweepMails(ctx)),
    attempt(ctx, "webhook deliveries not swept", () => sweepDeliveries(ctx)),
    attempt(ctx, "notifications not swept", () => sweepNotifications(ctx)),
    attempt(ctx, "old notifications not removed", () => forgetNotifications(ctx)),
    attempt(ctx, "old alerts not removed", () => forgetAlerts(ctx)),
    attempt(ctx, "old readings not removed", () => sweepMetrics(ctx)),
    attempt(ctx, "platform not sampled", () => samplePlatform(ctx)),
    attempt(ctx, "alerts not swept", () => sweepAlerts(ctx)),
    attempt(ctx, "accounts not swept", () => sweepAccounts(ctx)),
    attempt(ctx, "idempotency keys not swept", () => sweepIdempotencyKeys(ctx)),
  ]);
}

/** One chore of a tick: it stops no other when it fails, and the next tick tries again. */
async function attempt(ctx: Ctx, what: string, chore: () => Promise<void>): Promise<void> {
  await chore().catch((error: unknown) => {
    ctx.log.error(what, { error: describeError(error) });
    sweepAfterOutage(ctx, error);
  });
}
