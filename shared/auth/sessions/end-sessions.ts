import { and, eq, isNull, ne } from "drizzle-orm";
import { sessions, users } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { voidEmailTokens } from "../email-tokens.ts";

/** Why a session ended, as `sessions.end_reason` has it. */
export type EndReason =
  | "logout"
  | "revoked"
  | "revoked_by_admin"
  | "password_changed"
  | "password_reset"
  | "mfa_changed"
  | "account_changed"
  | "refresh_reused"
  | "too_many"
  | "expired";

/**
 * Ends the live sessions of a user: all, all but `except`, or `only` one. Their refresh tokens are good no more;
 * their access tokens and sockets end once the caller, after the commit, calls `accessChanged`. Where more than one may
 * end, the account is being protected from somebody: the open links of its mails are void too, such as that of a
 * pending change of the address.
 * The audit row is the caller's, which knows why.
 * @returns how many it ended.
 */
export async function endSessions(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  { user_id, except, only, reason }: { user_id: string; except?: string; only?: string; reason: EndReason },
): Promise<number> {
  // The account before what is its own, as everybody who changes it does: otherwise two could wait for each other.
  if (only === undefined)
    await tx.select({ id: users.id }).from(users).where(eq(users.id, user_id)).for("update");
  const ended = await tx
    .update(sessions)
    .set({ ended_at: isoTime(ctx.now()), end_reason: reason })
    .where(
      and(
        eq(sessions.user_id, user_id),
        isNull(sessions.ended_at),
        except === undefined ? undefined : ne(sessions.id, except),
        only === undefined ? undefined : eq(sessions.id, only),
      ),
    )
    .returning({ id: sessions.id });
  if (only === undefined) await voidEmailTokens(tx, ctx, user_id);
  return ended.length;
}
