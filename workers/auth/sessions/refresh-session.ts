import { sql } from "drizzle-orm";
import { z } from "zod";
import type { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import { issueAccessToken } from "../../../shared/auth/tokens/issue-access-token.ts";
import { UserStatus } from "../../../shared/contracts/access.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { claimRefreshToken, SessionOwner, successorPurpose } from "./claim-refresh-token.ts";
import { endReusedSession } from "./end-reused-session.ts";

/** A token that comes again this soon comes from another tab of the same owner, and is given the same successor. */
export const REUSE_WINDOW_MS = 10_000;
/** Successors of successors within one window; more are no tabs. */
const MAX_FOLLOWED = 20;

const TokenState = SessionOwner.extend({
  used_at: TimeColumn.nullable(),
  successor: z.string().nullable(),
  expires_at: TimeColumn,
  session_expires_at: TimeColumn,
  last_used_at: TimeColumn,
  ended: z.boolean(),
  status: UserStatus,
});
type TokenState = z.infer<typeof TokenState>;

async function readToken(ctx: Pick<Ctx, "db">, hash: string): Promise<TokenState | undefined> {
  const [row] = await readRows(
    ctx.db,
    sql`select t.used_at::text, t.successor, t.expires_at::text, s.id as session_id, s.ended_at is not null as ended,
          s.expires_at::text as session_expires_at, s.last_used_at::text, u.id as user_id, u.email, u.role, u.status,
          u.access_version
        from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
        where t.token_hash = ${hash}`,
    TokenState,
  );
  return row;
}

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
    const next = await readToken(ctx, from);
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

/**
 * New tokens for a refresh token. A token works once; within ten seconds of that it is answered with the same
 * successor, so that tabs which refresh at once stay logged in. Later, somebody has a copy: the session ends
 * (RFC 9700, 4.14.2; ASVS 10.4.5).
 * @throws `unauthorized` for no token of ours, `session_ended`.
 */
export async function refreshSession(ctx: Ctx, refresh_token: string): Promise<TokenAnswer> {
  const hash = await sha256Hex(refresh_token);
  const claimed = await claimRefreshToken(ctx, hash);
  if (claimed !== null) return answer(ctx, claimed.owner, claimed.refresh_token);
  const token = await readToken(ctx, hash);
  if (token === undefined)
    throw new AppError("unauthorized", "This refresh token is not valid: log in again.");
  requireLive(ctx, token);
  if (token.used_at === null || token.successor === null)
    throw ended("This refresh token has run out: log in again.");
  if (ctx.now() - Date.parse(token.used_at) > REUSE_WINDOW_MS) {
    await endReusedSession(ctx, token);
    throw ended(
      "This refresh token was used before. The session has ended to protect the account: log in again.",
    );
  }
  return answer(ctx, token, await followSuccessors(ctx, hash, token.successor));
}
