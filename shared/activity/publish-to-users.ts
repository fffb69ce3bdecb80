import { and, asc, eq, gt } from "drizzle-orm";
import type { PublishToUsersJob } from "../contracts/jobs.ts";
import type { UserEventInput } from "../contracts/user-room.ts";
import { users } from "../db/schema/index.ts";
import type { Ctx } from "../platform/ctx.ts";
import { traceparent } from "../platform/trace.ts";
import { type PublishCtx, tellRoom } from "./publish-to-user.ts";

/** Users whom one job tells, and how many of their rooms at once. */
const CHUNK = 200;
const AT_ONCE = 20;

/**
 * Tells every active user the same, by jobs that take a chunk of users each. The event must be small: it travels on
 * the queue, whose messages may have 128 KB.
 */
export async function publishToUsers(
  ctx: Pick<Ctx, "queue" | "trace">,
  event: UserEventInput,
): Promise<void> {
  await sendChunk(ctx, event, null);
}

async function sendChunk(
  { queue, trace }: Pick<Ctx, "queue" | "trace">,
  event: UserEventInput,
  after: string | null,
): Promise<void> {
  const job = { type: "publish_to_users" as const, event, after };
  await queue.send({ job, traceparent: traceparent(trace) });
}

/** Tells the next users and hands on the rest. Doing it twice does no harm: rooms know the event by its id. */
export async function runPublishJob(
  ctx: Omit<PublishCtx, "later"> & Pick<Ctx, "db">,
  { event, after }: PublishToUsersJob,
): Promise<void> {
  const found = await ctx.db
    .select({ id: users.id })
    .from(users)
    .where(and(eq(users.status, "active"), after === null ? undefined : gt(users.id, after)))
    .orderBy(asc(users.id))
    .limit(CHUNK);
  for (let first = 0; first < found.length; first += AT_ONCE)
    await Promise.all(found.slice(first, first + AT_ONCE).map(({ id }) => tellRoom(ctx, id, [event])));
  const last = found.at(-1);
  if (found.length === CHUNK && last !== undefined) await sendChunk(ctx, event, last.id);
}
