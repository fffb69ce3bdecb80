import { and, eq, isNull } from "drizzle-orm";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { refresh_tokens, sessions } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { randomToken, sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { successorPurpose } from "../sessions/claim-refresh-token.ts";

/**
 * Puts a new refresh token in the place of a session's present ones: another tab that still has an old one is given the
 * new one within the reuse window, and whoever comes later with it is a thief.
 */
export async function rotateRefreshToken(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "seal" | "config">,
  session_id: string,
): Promise<string> {
  const [session] = await tx
    .select({ expires_at: sessions.expires_at })
    .from(sessions)
    .where(and(eq(sessions.id, session_id), isNull(sessions.ended_at)))
    .for("update");
  if (session === undefined) throw new AppError("session_ended", "This session has ended: log in again.");
  const refresh_token = randomToken();
  const now = ctx.now();
  const present = await tx
    .select({ hash: refresh_tokens.token_hash })
    .from(refresh_tokens)
    .where(and(eq(refresh_tokens.session_id, session_id), isNull(refresh_tokens.used_at)))
    .for("update");
  for (const { hash } of present) {
    const successor = await ctx.seal.seal(successorPurpose(hash), refresh_token);
    await tx
      .update(refresh_tokens)
      // Several where an answer was lost. They end in one successor, so they are no lines of their own any more.
      .set({ used_at: isoTime(now), successor, parent_hash: null })
      .where(eq(refresh_tokens.token_hash, hash));
  }
  const idleEnd = now + ctx.config.SESSION_IDLE_S * 1000;
  await tx.insert(refresh_tokens).values({
    token_hash: await sha256Hex(refresh_token),
    session_id,
    created_at: isoTime(now),
    expires_at: isoTime(Math.min(Date.parse(isoOfTimestamp(session.expires_at)), idleEnd)),
  });
  return refresh_token;
}
