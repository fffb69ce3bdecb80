import type { Bindings } from "../shared/platform/env.ts";
import { systemContext } from "./context.ts";
import { enqueuePolls } from "./market/polling/enqueue-polls.ts";

/** Each tick only puts small jobs on the queue, so that no invocation outgrows its limits. */
export async function handleScheduled(
  _event: ScheduledController,
  env: Bindings,
  execution: ExecutionContext,
): Promise<void> {
  await enqueuePolls(systemContext(env, "cron", null, execution));
}
