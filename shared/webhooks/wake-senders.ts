import type { DeliverWebhooksJob } from "../contracts/jobs.ts";
import type { Ctx } from "../platform/ctx.ts";
import { AppError } from "../platform/errors.ts";
import { traceparent } from "../platform/trace.ts";

/** Tells each endpoint's object to look. One that cannot be reached holds up no other, and fails the job. */
export async function wakeSenders(
  ctx: Pick<Ctx, "webhookSender" | "trace">,
  { webhooks, asked }: DeliverWebhooksJob,
): Promise<void> {
  const told = await Promise.allSettled(
    webhooks.map((id) => ctx.webhookSender(id).wake(id, traceparent(ctx.trace), asked)),
  );
  const failed = told.find((each) => each.status === "rejected");
  if (failed !== undefined)
    throw new AppError("unavailable", "An endpoint's object could not be reached.", { cause: failed.reason });
}
