import type { JobEnvelope } from "../contracts/jobs.ts";
import { describeError } from "../platform/errors.ts";
import type { Log } from "../platform/log.ts";

/** What a `deliver_webhooks` job may carry. */
const MOST_IN_A_JOB = 500;

interface Queue {
  send(message: JobEnvelope): Promise<unknown>;
}

/** Puts endpoints on the queue. Never throws: what is lost here is found by the next tick. */
export async function queueDeliveries(
  queue: Queue,
  webhook_ids: readonly string[],
  work: { log: Log; traceparent: string; asked?: boolean },
): Promise<void> {
  const ids = [...new Set(webhook_ids)];
  for (let start = 0; start < ids.length; start += MOST_IN_A_JOB) {
    const webhooks = ids.slice(start, start + MOST_IN_A_JOB);
    try {
      await queue.send({
        job: { type: "deliver_webhooks", webhooks, asked: work.asked ?? false },
        traceparent: work.traceparent,
      });
    } catch (error) {
      work.log.warn("deliveries wait for the next tick", {
        webhooks: webhooks.length,
        error: describeError(error),
      });
    }
  }
}
