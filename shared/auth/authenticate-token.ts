import type { AccessRefusal, SessionCheck } from "../contracts/accounts.ts";
import type { UserActor } from "../platform/ctx.ts";
import { AppError } from "../platform/errors.ts";
import type { AuthCtx } from "./authenticated.ts";
import { readTicket } from "./live-tickets.ts";
import { verifyAccessToken } from "./tokens/verify-access-token.ts";

const INVALID = { "www-authenticate": 'Bearer realm="xsema", error="invalid_token"' };

function refusal(reason: AccessRefusal | "unavailable"): AppError {
  switch (reason) {
    case "unavailable":
      return new AppError(
        "unavailable",
        "Whether this session is still good cannot be told just now. Try again soon.",
        { headers: { "retry-after": "5" } },
      );
    case "access_changed":
      return new AppError(
        "token_expired",
        "What this account may do has changed since this token was made: get another by POST /api/v1/auth/refresh.",
        { headers: INVALID },
      );
    case "account_not_active":
      return new AppError("session_ended", "This account is not active.", { headers: INVALID });
    case "session_expired":
      return new AppError("session_ended", "This session has run out: log in again.", { headers: INVALID });
    default:
      return new AppError("session_ended", "This session has ended: log in again.", { headers: INVALID });
  }
}

function actorOf(verdict: SessionCheck): UserActor {
  if (!verdict.ok) throw refusal(verdict.reason);
  const { access, session_id, mfa_at } = verdict;
  return {
    type: "user",
    user_id: access.user_id,
    email: access.email,
    role: access.role,
    plan: access.plan,
    session_id,
    permissions: new Set(access.permissions),
    mfa_at,
    mfa_enabled: access.mfa_enabled,
    must_change_password: access.must_change_password,
  };
}

/**
 * The person behind an access token (JWT): its signature and claims are judged here, its session by the account's gate.
 * @throws `unauthorized`, `token_expired`, `session_ended`, or `unavailable` where nobody can say.
 */
export async function authenticateToken(ctx: AuthCtx, token: string): Promise<UserActor> {
  const { sub, sid, ver } = await verifyAccessToken(ctx, token);
  return actorOf(await ctx.gates.account(sub).check(sub, sid, ver));
}

/** The person behind a one-use ticket of `POST /api/v1/ws/ticket`. */
export async function authenticateTicket(ctx: AuthCtx, ticket: string): Promise<UserActor> {
  const known = await readTicket(ctx.config, ticket);
  const gate = known === null ? undefined : ctx.gates.account(known.user_id);
  const session = known === null ? undefined : await gate?.redeemTicket(known.secret);
  if (known === null || !gate || !session)
    throw new AppError(
      "unauthorized",
      "This ticket is not valid: each is good once, for 30 seconds after POST /api/v1/ws/ticket.",
      { headers: INVALID },
    );
  return actorOf(await gate.check(known.user_id, session.session_id, session.version));
}
