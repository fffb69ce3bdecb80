import { deviceLabel } from "../../../shared/auth/sessions/device-label.ts";
import type { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { issueAccessToken } from "../../../shared/auth/tokens/issue-access-token.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import {
  claimRefreshToken,
  REUSE_WINDOW_MS,
  type SessionOwner,
  successorPurpose,
} from "./claim-refresh-token.ts";
import { endReusedSession } from "./end-reused-session.ts";
import { reissueSuccessor } from "./reissue-successor.ts";
import { readTokenState, type TokenState } from "./token-state.ts";

/** Successors of successors within one window; more are no tabs. */
const MAX_FOLLOWED = 20;

const ended = (message: string) => new AppError("session_ended", message);

/** Throws where no token of the session is good any more. */
function requireLive(ctx: Pick<Ctx, "now" | "config">, token: TokenState): void {
  const now = ctx.now();
  if (token.ended) throw ended("This session has ended: log in again.");
  const idleEnd = Date.parse(token.last_used_at) + ctx.config.SESSION_IDLE_S * 1000;
  if (now >= Date.parse(token.session_expires_at) || now >= idleEnd)
    throw ended("This session has run out: log in again.");
  if (token.status !== "active") throw ended("This account is not active.");
}

/** The newest successor of a token that was used within the window: each step was taken since, so within it too. */
async function followSuccessors(ctx: Pick<Ctx, "db" | "seal">, hash: string, first: string): Promise<string> {
  let [from, sealed] = [hash, first];
  for (let step = 0; step < MAX_FOLLOWED; step += 1) {
    const text = await ctx.seal.open(successorPurpose(from), sealed);
    from = await sha256Hex(text);
    const next = await readTokenState(ctx.db, from);
    if (next?.used_at == null || next.successor === null) return text;
    sealed = next.successor;
  }
  throw new AppError("rate_limited", "This session was refreshed too often at once. Try again.", {
    headers: { "retry-after": "10" },
  });
}

async function answer(ctx: Ctx, owner: SessionOwner, refresh_token: string): Promise<TokenAnswer> {
  const user = { ...owner, id: owner.user_id };
  const issued = await issueAccessToken(ctx, { user, session_id: owner.session_id });
  return { ...issued, refresh_token, token_type: "Bearer" };
}

/** Ends the session, and gives what says so. */
async function reused(ctx: Ctx, token: TokenState): Promise<AppError> {
  await endReusedSession(ctx, token);
  return ended(
    "This refresh token was used before. The session has ended to protect the account: log in again.",
  );
}

/**
 * Whether a token that was used comes again because its answer was lost: none of those that a refresh put in its place
 * was ever used, and the program that asks is the one that the session was opened with. A change of the password puts
 * another in its place as well, which ends the one before.
 */
function isLostAnswer({ client }: Pick<Ctx, "client">, token: TokenState): boolean {
  if (!token.exchanged || token.followed) return false;
  return deviceLabel(token.user_agent) === deviceLabel(client.user_agent);
}

/**
 * New tokens for a refresh token (RFC 9700, 4.14.2; ASVS 10.4.5). A token is exchanged once; within ten seconds it is
 * answered with the same successor, so that tabs which refresh at once stay logged in. Later it is answered with another
 * successor as long as none was used: the answer was lost on the way. Two successors, or a token and its successor, that
 * are both used are in two hands: the session ends.
 * @throws `unauthorized` for no token of ours, `session_ended`.
 */
export async function refreshSession(ctx: Ctx, refresh_token: string): Promise<TokenAnswer> {
  const hash = await sha256Hex(refresh_token);
  const claimed = await claimRefreshToken(ctx, hash);
  if (claimed !== null) return answer(ctx, claimed.owner, claimed.refresh_token);
  const token = await readTokenState(ctx.db, hash);
  if (token === undefined)
    throw new AppError("unauthorized", "This refresh token is not valid: log in again.");
  requireLive(ctx, token);
  if (token.used_at === null) {
    if (token.overtaken) throw await reused(ctx, token);
    throw ended("This refresh token has run out: log in again.");
  }
  if (token.successor !== null && ctx.now() - Date.parse(token.used_at) <= REUSE_WINDOW_MS)
    return answer(ctx, token, await followSuccessors(ctx, hash, token.successor));
  if (!isLostAnswer(ctx, token)) throw await reused(ctx, token);
  if (ctx.now() >= Date.parse(token.expires_at)) throw ended("This refresh token has run out: log in again.");
  const another = await reissueSuccessor(ctx, hash);
  if (another === null) throw await reused(ctx, token);
  return answer(ctx, token, another);
}
