import type { WakeAlertsJob } from "../contracts/jobs.ts";
import type { Ctx } from "../platform/ctx.ts";
import { withDeadline } from "../platform/deadline.ts";
import { describeError } from "../platform/errors.ts";
import { traceparent } from "../platform/trace.ts";

type WakeCtx = Pick<Ctx, "alertEngine" | "queue" | "trace" | "log">;

/** The engine that evaluates rules on a collection's events. */
export const collectionEngine = (slug: string) => `collection:${slug}`;
/** The engine that evaluates rules on a user's own readings and activity, and tells the user of every alert. */
export const userEngine = (user_id: string) => `user:${user_id}`;
/** The engine that evaluates rules on the platform's own readings. */
export const PLATFORM_ENGINE = "platform";

/** An engine answers a wake at once, and works afterwards: one that does not cannot be reached. */
const WAKE_MS = 5000;

const wakeOne = ({ alertEngine, trace }: Pick<Ctx, "alertEngine" | "trace">, name: string) =>
  withDeadline(WAKE_MS, () => alertEngine(name).wake(name, traceparent(trace)));

/**
 * Has engines look at what came or fell due, after the answer; call it after the commit. A job does it where an engine
 * cannot be reached, and where that fails too, the next tick.
 */
export function wakeAlerts(ctx: WakeCtx & Pick<Ctx, "later">, ...engines: string[]): void {
  if (engines.length > 0) ctx.later(wakeEngines(ctx, engines));
}

/** The same at once; never throws. */
export async function wakeEngines(ctx: WakeCtx, engines: readonly string[]): Promise<void> {
  const away: string[] = [];
  await Promise.all(
    [...new Set(engines)].map(async (name) => {
      try {
        await wakeOne(ctx, name);
      } catch (error) {
        ctx.log.warn("an engine of alerts was not woken", { engine: name, error: describeError(error) });
        away.push(name);
      }
    }),
  );
  if (away.length > 0) await queueWakes(ctx, away);
}

/** Engines that one queue message names. */
const PER_JOB = 500;

async function queueWakes(
  { queue, trace, log }: Pick<Ctx, "queue" | "trace" | "log">,
  engines: string[],
): Promise<void> {
  try {
    for (let first = 0; first < engines.length; first += PER_JOB)
      await queue.send({
        job: { type: "wake_alerts", engines: engines.slice(first, first + PER_JOB) },
        traceparent: traceparent(trace),
      });
  } catch (error) {
    log.error("engines of alerts wait for the next tick", {
      engines: engines.length,
      error: describeError(error),
    });
  }
}

/** Wakes what a job names. Throws while an engine cannot be reached; the queue tries again. */
export async function runWakeJob(
  ctx: Pick<Ctx, "alertEngine" | "trace">,
  { engines }: WakeAlertsJob,
): Promise<void> {
  await Promise.all(engines.map((name) => wakeOne(ctx, name)));
}
