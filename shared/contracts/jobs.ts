import { z } from "zod";
import { NotificationLevel } from "./notifications.ts";
import { Slug } from "./primitives.ts";
import { SyncScope, UserEventInput } from "./user-room.ts";

/** Queue messages carry ids only: a queue message may have 128 KB, and truth is reloaded anyway. */
export const PollProviderJob = z.object({
  type: z.literal("poll_provider"),
  provider: z.string(),
  collections: z.array(Slug).min(1).max(50),
});
export type PollProviderJob = z.infer<typeof PollProviderJob>;

/** Sends what waits in the mail outbox under this id. */
export const SendMailJob = z.object({ type: z.literal("send_mail"), mail_id: z.string() });
export type SendMailJob = z.infer<typeof SendMailJob>;

/** Deliveries of these endpoints may be due; each endpoint's own object looks. */
export const DeliverWebhooksJob = z.object({
  type: z.literal("deliver_webhooks"),
  webhooks: z.array(z.string()).min(1).max(500),
  /** By the owner of the endpoints. */
  asked: z.boolean().default(false),
});
export type DeliverWebhooksJob = z.infer<typeof DeliverWebhooksJob>;

/** Sends of notifications by their channels are due. */
export const SendNotificationsJob = z.object({
  type: z.literal("send_notifications"),
  notification_ids: z.array(z.string()).min(1).max(500),
});
export type SendNotificationsJob = z.infer<typeof SendNotificationsJob>;

/** A user's room missed something: its devices are to read these by REST. */
export const SyncUserJob = z.object({
  type: z.literal("sync_user"),
  user_id: z.string(),
  scopes: z.array(SyncScope).min(1),
  since: z.string().nullable(),
});
export type SyncUserJob = z.infer<typeof SyncUserJob>;

/** Tells the same to every user whose id comes after `after`, a chunk of them a job. */
export const PublishToUsersJob = z.object({
  type: z.literal("publish_to_users"),
  event: UserEventInput,
  after: z.string().nullable(),
});
export type PublishToUsersJob = z.infer<typeof PublishToUsersJob>;

/** Notifies every user whose id comes after `after` of the same, a chunk of them a job. */
export const BroadcastJob = z.object({
  type: z.literal("broadcast"),
  notification: z.object({
    level: NotificationLevel,
    title: z.string(),
    body: z.string(),
    cause: z.string(),
  }),
  after: z.string().nullable(),
});
export type BroadcastJob = z.infer<typeof BroadcastJob>;

/** Engines of alerts have something to do; each engine's own object looks. */
export const WakeAlertsJob = z.object({
  type: z.literal("wake_alerts"),
  engines: z.array(z.string()).min(1).max(500),
});
export type WakeAlertsJob = z.infer<typeof WakeAlertsJob>;

/**
 * Looks for everything that waits to leave, as the tick does: put on the queue where the database could not be asked, so
 * that what was committed meanwhile, and of which nobody heard, is sent soon after it is back.
 */
export const SweepLeavingJob = z.object({ type: z.literal("sweep_leaving") });
export type SweepLeavingJob = z.infer<typeof SweepLeavingJob>;

export const Job = z.discriminatedUnion("type", [
  PollProviderJob,
  SendMailJob,
  DeliverWebhooksJob,
  SendNotificationsJob,
  SyncUserJob,
  PublishToUsersJob,
  BroadcastJob,
  WakeAlertsJob,
  SweepLeavingJob,
]);
export type Job = z.infer<typeof Job>;

/** What travels on the queue: the job and the trace that it belongs to. */
export const JobEnvelope = z.object({ job: Job, traceparent: z.string() });
export type JobEnvelope = z.infer<typeof JobEnvelope>;
