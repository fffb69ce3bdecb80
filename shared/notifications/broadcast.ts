import { and, asc, eq, gt } from "drizzle-orm";
import type { BroadcastJob } from "../contracts/jobs.ts";
import { users } from "../db/schema/index.ts";
import type { Ctx } from "../platform/ctx.ts";
import { traceparent } from "../platform/trace.ts";
import { deliverNotifications } from "./deliver-soon.ts";
import { notifyUsers } from "./notify.ts";

/** Users whom one job notifies. */
export const BROADCAST_CHUNK = 200;

type BroadcastCtx = Pick<Ctx, "db" | "transact" | "rooms" | "queue" | "trace" | "log" | "now">;

/** Puts a chunk of a broadcast on the queue; the first one where `after` is null. */
export async function queueBroadcast(
  { queue, trace }: Pick<Ctx, "queue" | "trace">,
  broadcast: Omit<BroadcastJob, "type">,
): Promise<void> {
  await queue.send({ job: { type: "broadcast", ...broadcast }, traceparent: traceparent(trace) });
}

/** Notifies the next users and hands on the rest. Doing it twice does no harm: each is told of one cause once. */
export async function runBroadcastJob(
  ctx: BroadcastCtx,
  { notification, after }: BroadcastJob,
): Promise<void> {
  const found = await ctx.db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.status, "active"), after === null ? undefined : gt(users.id, after)))
    .orderBy(asc(users.id))
    .limit(BROADCAST_CHUNK);
  const last = found.at(-1);
  if (last === undefined) return;
  const told = found.map(({ id }) => id);
  const made = await ctx.transact((tx) => notifyUsers(tx, ctx, told, { ...notification, kind: "broadcast" }));
  await deliverNotifications(ctx, made);
  if (found.length === BROADCAST_CHUNK) await queueBroadcast(ctx, { notification, after: last.id });
}
