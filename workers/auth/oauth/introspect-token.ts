import { and, eq } from "drizzle-orm";
import { faultOfKey } from "../../../shared/auth/api-keys/key-text.ts";
import { readKey } from "../../../shared/auth/api-keys/read-key.ts";
import { readAccess } from "../../../shared/auth/permissions/read-access.ts";
import { CLIENT_ID, partiesOf } from "../../../shared/auth/tokens/token-shape.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { sessions } from "../../../shared/db/schema/index.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { readTokenState } from "../sessions/token-state.ts";
import { readAccessClaims } from "./read-access-claims.ts";
import type { IntrospectedToken } from "./schema.ts";

const NOT_ACTIVE: IntrospectedToken = { active: false };
const seconds = (ms: number) => Math.floor(ms / 1000);

async function isLive(ctx: Ctx, user_id: string, session_id: string): Promise<boolean> {
  const [session] = await ctx.db
    .select()
    .from(sessions)
    .where(and(eq(sessions.id, session_id), eq(sessions.user_id, user_id)));
  if (session === undefined || session.ended_at !== null) return false;
  const idleEnd = Date.parse(isoOfTimestamp(session.last_used_at)) + ctx.config.SESSION_IDLE_S * 1000;
  return ctx.now() < Math.min(idleEnd, Date.parse(isoOfTimestamp(session.expires_at)));
}

async function ofAccessToken(ctx: Ctx, token: string): Promise<IntrospectedToken> {
  const claims = await readAccessClaims(ctx, token);
  if (claims === null) return NOT_ACTIVE;
  const [access, live] = await Promise.all([
    readAccess(ctx.db, claims.sub),
    isLive(ctx, claims.sub, claims.sid),
  ]);
  if (access === null || !live || access.status !== "active" || access.version !== claims.ver)
    return NOT_ACTIVE;
  const { exp, iat, nbf, sub, aud, iss, jti } = claims;
  return {
    active: true,
    scope: access.permissions.join(" "),
    client_id: CLIENT_ID,
    username: access.email,
    token_type: "Bearer",
    ...{ exp, iat, nbf, sub, aud, iss, jti },
  };
}

async function ofKey(ctx: Ctx, key: string): Promise<IntrospectedToken> {
  const standing = faultOfKey(key) === null ? await readKey(ctx.db, await sha256Hex(key)) : null;
  if (standing === null || standing.revoked || standing.owner.status !== "active") return NOT_ACTIVE;
  if (standing.expires_at !== null && standing.expires_at <= ctx.now()) return NOT_ACTIVE;
  const { owner, scopes, expires_at } = standing;
  const { issuer: iss, audience: aud } = partiesOf(ctx.config);
  return {
    active: true,
    scope: scopes.filter((scope) => owner.permissions.includes(scope)).join(" "),
    client_id: standing.id,
    username: owner.email,
    token_type: "Bearer",
    sub: owner.user_id,
    ...{ iss, aud },
    ...(expires_at !== null && { exp: seconds(expires_at) }),
  };
}

async function ofRefreshToken(ctx: Ctx, token: string): Promise<IntrospectedToken> {
  const state = await readTokenState(ctx.db, await sha256Hex(token));
  if (state === undefined || state.used_at !== null || state.overtaken || state.status !== "active")
    return NOT_ACTIVE;
  const { user_id, session_id, email, expires_at } = state;
  const exp = Date.parse(expires_at);
  if (ctx.now() >= exp || !(await isLive(ctx, user_id, session_id))) return NOT_ACTIVE;
  const { issuer: iss } = partiesOf(ctx.config);
  return { active: true, client_id: CLIENT_ID, username: email, sub: user_id, iss, exp: seconds(exp) };
}

/**
 * What an access token, a refresh token or an API key may do now (RFC 7662), as Postgres has it. Nothing counts as use of
 * it. Of one that is good for nothing, only that is said, whatever the reason.
 */
export async function introspectToken(ctx: Ctx, token: string): Promise<IntrospectedToken> {
  if (faultOfKey(token) !== "not_a_key") return ofKey(ctx, token);
  return token.includes(".") ? ofAccessToken(ctx, token) : ofRefreshToken(ctx, token);
}
