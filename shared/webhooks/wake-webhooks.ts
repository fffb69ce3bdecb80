import type { Ctx } from "../platform/ctx.ts";
import { traceparent } from "../platform/trace.ts";
import { queueDeliveries } from "./queue-deliveries.ts";

/**
 * Has endpoints look for what is due, after the commit that made it due and after the answer; where their owner `asked`,
 * although they rest after failures.
 */
export function wakeWebhooks(
  ctx: Pick<Ctx, "deliveries" | "trace" | "later" | "log">,
  webhook_ids: readonly string[],
  { asked = false } = {},
): void {
  if (webhook_ids.length === 0) return;
  ctx.later(
    queueDeliveries(ctx.deliveries, webhook_ids, {
      log: ctx.log,
      traceparent: traceparent(ctx.trace),
      asked,
    }),
  );
}
