import { isDatabaseUnavailable } from "../shared/db/unavailable.ts";
import { sweepMails } from "../shared/mail/sweep-mails.ts";
import { sweepNotifications } from "../shared/notifications/sweep-notifications.ts";
import type { Ctx } from "../shared/platform/ctx.ts";
import { describeError } from "../shared/platform/errors.ts";
import { traceparent } from "../shared/platform/trace.ts";
import { sweepDeliveries } from "../shared/webhooks/sweep-deliveries.ts";

/** Of one isolate, while the database is away: the queue then holds no more than one job for each. */
const APART_MS = 4000;
const DELAY_S = 4;
let next = 0;

/**
 * Has everything that waits to leave looked for in a few seconds, where `error` says that the database could not be
 * asked: a transaction may have been committed although its answer was lost, and nobody will have sent what it made.
 */
export function sweepAfterOutage(
  ctx: Pick<Ctx, "queue" | "now" | "later" | "log" | "trace">,
  error: unknown,
): void {
  const now = ctx.now();
  // A clock that was put back must not stop it.
  if (!isDatabaseUnavailable(error) || (now < next && next - now <= APART_MS)) return;
  next = now + APART_MS;
  const job = { type: "sweep_leaving" as const };
  ctx.later(
    ctx.queue
      .send({ job, traceparent: traceparent(ctx.trace) }, { delaySeconds: DELAY_S })
      .catch((reason: unknown) =>
        ctx.log.warn("what waits to leave is found by the next tick", { error: describeError(reason) }),
      ),
  );
}

/** Looks for what waits to leave; while the database is away it comes back by a job of its own. */
export async function runSweepJob(ctx: Ctx): Promise<void> {
  try {
    await Promise.all([sweepDeliveries(ctx), sweepNotifications(ctx), sweepMails(ctx)]);
  } catch (error) {
    if (!isDatabaseUnavailable(error)) throw error;
    ctx.log.warn("what waits to leave was not looked for yet", { error: describeError(error) });
    sweepAfterOutage(ctx, error);
  }
}
