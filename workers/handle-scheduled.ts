import type { Bindings } from "../shared/platform/env.ts";
import { createContext } from "./context.ts";
import { enqueuePolls } from "./market/polling/enqueue-polls.ts";

/** Each tick only puts small jobs on the queue, so that no invocation outgrows its limits. */
export async function handleScheduled(_event: ScheduledController, env: Bindings): Promise<void> {
  await enqueuePolls(createContext(env, { type: "system", job: "cron" }, null));
}
