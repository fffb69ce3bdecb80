import type { SyncUserJob } from "../contracts/jobs.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { traceparent } from "../platform/trace.ts";

/** Has a user's devices read by REST what their room was not told. Throws while the room is away; the queue tries again. */
export async function runSyncJob(
  ctx: Pick<Ctx, "rooms" | "trace" | "now">,
  { user_id, scopes, since }: SyncUserJob,
): Promise<void> {
  const id = `sync:${scopes.join("+")}:${since}`;
  const event = { kind: "sync" as const, id, at: isoTime(ctx.now()), data: { scopes, since } };
  await ctx.rooms.user(user_id).publish([event], traceparent(ctx.trace));
}
