import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** Ends one session of whoever asks. @throws `not_found` for an ended one and for somebody else's alike. */
export async function revokeSession(ctx: Ctx, id: string): Promise<void> {
  const { user_id } = userOf(ctx);
  await ctx.transact(async (tx) => {
    if ((await endSessions(tx, ctx, { user_id, only: id, reason: "revoked" })) === 0)
      throw new AppError("not_found", "You have no such session: it may have ended.");
    await recordAudit(tx, ctx, { action: "session.revoked", target: { type: "session", id } });
  });
  await accessChanged(ctx, user_id);
}

/** Ends all sessions of whoever asks, the one that asks only where it says so. */
export async function revokeSessions(ctx: Ctx, includeCurrent: boolean): Promise<number> {
  const { user_id, session_id } = userOf(ctx);
  const ended = await ctx.transact(async (tx) => {
    const except = includeCurrent ? {} : { except: session_id };
    const count = await endSessions(tx, ctx, { user_id, ...except, reason: "revoked" });
    if (count > 0)
      await recordAudit(tx, ctx, {
        action: "session.all_revoked",
        target: { type: "user", id: user_id },
        after: { ended: count, include_current: includeCurrent },
      });
    return count;
  });
  await accessChanged(ctx, user_id);
  return ended;
}
