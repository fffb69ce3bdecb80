import { SyncScope, type UserEventInput } from "../contracts/user-room.ts";
import type { Ctx } from "../platform/ctx.ts";
import { describeError } from "../platform/errors.ts";
import { traceparent } from "../platform/trace.ts";

export type PublishCtx = Pick<Ctx, "rooms" | "queue" | "trace" | "log" | "later" | "now">;

const SCOPES = {
  activity: ["activity"],
  notification: ["notifications"],
  task_update: ["tasks"],
  alert: ["alerts"],
  sync: SyncScope.options,
} as const satisfies Record<UserEventInput["kind"], readonly SyncScope[]>;

/**
 * Tells every device of a user, after the answer. Call it after the commit of what is told: the room keeps it for
 * devices that are away. If the room cannot be reached, it is told later to have its devices read by REST what they
 * missed, since Postgres has it all.
 */
export function publishToUser(ctx: PublishCtx, user_id: string, ...events: UserEventInput[]): void {
  if (events.length > 0) ctx.later(tellRoom(ctx, user_id, events));
}

/** The same at once; never throws. Answers whether they hear of it, or of having missed something. */
export async function tellRoom(
  ctx: Omit<PublishCtx, "later">,
  user_id: string,
  events: UserEventInput[],
): Promise<boolean> {
  try {
    await ctx.rooms.user(user_id).publish(events, traceparent(ctx.trace));
    return true;
  } catch (error) {
    ctx.log.warn("a user's room did not take its events", { user_id, error: describeError(error) });
    return askToSync(ctx, user_id, events);
  }
}

async function askToSync(
  { queue, trace, log }: Pick<PublishCtx, "queue" | "trace" | "log">,
  user_id: string,
  events: UserEventInput[],
): Promise<boolean> {
  const scopes = [...new Set(events.flatMap(({ kind }) => SCOPES[kind]))];
  const since = events.reduce<string | null>(
    (first, { at }) => (first === null || at < first ? at : first),
    null,
  );
  const job = { type: "sync_user" as const, user_id, scopes, since };
  try {
    await queue.send({ job, traceparent: traceparent(trace) });
    return true;
  } catch (error) {
    log.error("a user's devices are not told that they missed something", {
      user_id,
      error: describeError(error),
    });
    return false;
  }
}
