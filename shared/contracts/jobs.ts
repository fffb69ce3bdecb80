import { z } from "zod";
import { Slug } from "./primitives.ts";

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

export const Job = z.discriminatedUnion("type", [PollProviderJob, SendMailJob]);
export type Job = z.infer<typeof Job>;

/** What travels on the queue: the job and the trace that it belongs to. */
export const JobEnvelope = z.object({ job: Job, traceparent: z.string() });
export type JobEnvelope = z.infer<typeof JobEnvelope>;
