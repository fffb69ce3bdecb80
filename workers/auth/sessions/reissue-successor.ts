import { and, desc, eq, inArray, isNull } from "drizzle-orm";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { refresh_tokens, sessions } from "../../../shared/db/schema/index.ts";
import { randomToken, sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { REUSE_WINDOW_MS, successorPurpose } from "./claim-refresh-token.ts";
import { readTokenState } from "./token-state.ts";

/** Answers in a row that may be lost; of more successors the oldest are void. */
const MAX_SUCCESSORS = 10;

/**
 * Puts another successor beside those of a used token that were never used, since the answers with them were lost. An
 * answer may come late all the same, so the ones before stay good: the first that is used is the line, and another that is
 * used after it shows that two have the session.
 * @returns `null` where one of them was used, or the session ended, since the caller looked.
 */
export async function reissueSuccessor(ctx: Ctx, hash: string): Promise<string | null> {
  const refresh_token = randomToken();
  const successor = await ctx.seal.seal(successorPurpose(hash), refresh_token);
  const token_hash = await sha256Hex(refresh_token);
  return ctx.transact(async (tx) => {
    const found = await readTokenState(tx, hash);
    if (found === undefined) return null;
    const { session_id } = found;
    const [session] = await tx
      .select({ expires_at: sessions.expires_at })
      .from(sessions)
      .where(and(eq(sessions.id, session_id), isNull(sessions.ended_at)))
      .for("no key update");
    // Read again: it may have changed before the session was locked.
    const token = await readTokenState(tx, hash);
    if (session === undefined || token === undefined || token.followed) return null;
    const now = ctx.now();
    // Another tab has asked again at the same moment.
    if (token.used_at !== null && token.successor !== null)
      if (now - Date.parse(token.used_at) <= REUSE_WINDOW_MS)
        return ctx.seal.open(successorPurpose(hash), token.successor);
    const at = isoTime(now);
    const idleEnd = now + ctx.config.SESSION_IDLE_S * 1000;
    await tx.insert(refresh_tokens).values({
      token_hash,
      session_id,
      parent_hash: hash,
      created_at: at,
      expires_at: isoTime(Math.min(Date.parse(isoOfTimestamp(session.expires_at)), idleEnd)),
    });
    // Other tabs that ask within the window are given this one.
    await tx
      .update(refresh_tokens)
      .set({ used_at: at, successor })
      .where(eq(refresh_tokens.token_hash, hash));
    const beyond = tx
      .select({ token_hash: refresh_tokens.token_hash })
      .from(refresh_tokens)
      .where(and(eq(refresh_tokens.session_id, session_id), eq(refresh_tokens.parent_hash, hash)))
      .orderBy(desc(refresh_tokens.created_at), desc(refresh_tokens.token_hash))
      .offset(MAX_SUCCESSORS);
    await tx.delete(refresh_tokens).where(inArray(refresh_tokens.token_hash, beyond));
    await tx.update(sessions).set({ last_used_at: at, ip: ctx.client.ip }).where(eq(sessions.id, session_id));
    ctx.log.warn("a refresh token was exchanged again: its answer was lost", { session_id });
    return refresh_token;
  });
}
