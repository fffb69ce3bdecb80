import { runPublishJob } from "../shared/activity/publish-to-users.ts";
import { runSyncJob } from "../shared/activity/run-sync-job.ts";
import { runWakeJob } from "../shared/alerts/wake-alerts.ts";
import type { Job } from "../shared/contracts/jobs.ts";
import { sendMail } from "../shared/mail/send-mail.ts";
import { runBroadcastJob } from "../shared/notifications/broadcast.ts";
import { sendNotifications } from "../shared/notifications/send-notifications.ts";
import type { Ctx } from "../shared/platform/ctx.ts";
import { wakeSenders } from "../shared/webhooks/wake-senders.ts";
import { runPollJob } from "./market/polling/run-poll-job.ts";
import { runSweepJob } from "./sweep-leaving.ts";

/** Runs a job of the queue; `retry_after_ms` asks for another try then. */
export async function runJob(ctx: Ctx, job: Job): Promise<{ retry_after_ms?: number }> {
  switch (job.type) {
    case "poll_provider":
      return runPollJob(ctx, job);
    case "send_mail":
      await sendMail(ctx, job.mail_id);
      return {};
    case "deliver_webhooks":
      await wakeSenders(ctx, job);
      return {};
    case "sync_user":
      await runSyncJob(ctx, job);
      return {};
    case "publish_to_users":
      await runPublishJob(ctx, job);
      return {};
    case "send_notifications":
      await sendNotifications(ctx, job.notification_ids);
      return {};
    case "wake_alerts":
      await runWakeJob(ctx, job);
      return {};
    case "sweep_leaving":
      await runSweepJob(ctx);
      return {};
    case "broadcast":
      await runBroadcastJob(ctx, job);
      return {};
  }
}
