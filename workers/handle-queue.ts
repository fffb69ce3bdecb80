import { JobEnvelope } from "../shared/contracts/jobs.ts";
import type { Bindings } from "../shared/platform/env.ts";
import { AppError, describeError } from "../shared/platform/errors.ts";
import type { Log } from "../shared/platform/log.ts";
import { systemContext } from "./context.ts";
import { runJob } from "./run-job.ts";
import { sweepAfterOutage } from "./sweep-leaving.ts";

const DEAD_QUEUE = /-dead$/;
const LONGEST_DELAY_S = 900;

/** Takes a batch of jobs, each on its own: a failing one is tried again alone. */
export async function handleQueue(
  batch: MessageBatch<unknown>,
  env: Bindings,
  execution: ExecutionContext,
): Promise<void> {
  const dead = DEAD_QUEUE.test(batch.queue);
  await Promise.all(
    batch.messages.map((message) =>
      dead ? buryMessage(message, env, execution) : takeMessage(message, env, execution),
    ),
  );
}

async function takeMessage(
  message: Message<unknown>,
  env: Bindings,
  execution: ExecutionContext,
): Promise<void> {
  const envelope = JobEnvelope.safeParse(message.body);
  const trace = envelope.success ? envelope.data.traceparent : null;
  const ctx = systemContext(env, "queue", trace, execution);
  const log = ctx.log.with({ message_id: message.id, attempt: message.attempts });
  if (!envelope.success) {
    log.error("a queue message is not a job", { error: envelope.error.message });
    message.ack();
    return;
  }
  try {
    const { retry_after_ms } = await runJob({ ...ctx, log }, envelope.data.job);
    if (retry_after_ms === undefined) message.ack();
    else message.retry({ delaySeconds: retryDelay(message.attempts, retry_after_ms) });
  } catch (error) {
    sweepAfterOutage(ctx, error);
    settleFailure(message, error, log);
  }
}

/** A final error is logged and acknowledged; a passing one is tried again, and goes to the dead in the end. */
function settleFailure(message: Message<unknown>, error: unknown, log: Log): void {
  log.error("a job failed", { error: describeError(error) });
  if (error instanceof AppError && !error.retryable) message.ack();
  else message.retry({ delaySeconds: retryDelay(message.attempts, 0) });
}

function retryDelay(attempts: number, atLeastMs: number): number {
  return Math.min(LONGEST_DELAY_S, Math.max(Math.ceil(atLeastMs / 1000), 5 * 2 ** (attempts - 1)));
}

/** Jobs that failed for good are said aloud, once each. The next tick plans the same work anew. */
async function buryMessage(
  message: Message<unknown>,
  env: Bindings,
  execution: ExecutionContext,
): Promise<void> {
  const { log } = systemContext(env, "dead-letter", null, execution);
  log.error("a job failed for good", { message_id: message.id, job: JSON.stringify(message.body) });
  message.ack();
}
