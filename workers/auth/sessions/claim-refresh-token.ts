import { sql } from "drizzle-orm";
import { z } from "zod";
import { Role } from "../../../shared/contracts/access.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { isUniqueViolation } from "../../../shared/db/unique.ts";
import { randomToken, sha256Hex } from "../../../shared/platform/bytes.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** Whose session it is, as an access token wants it. */
export const SessionOwner = z.object({
  session_id: z.string(),
  user_id: z.string(),
  email: z.string(),
  role: Role,
  access_version: z.number(),
});
export type SessionOwner = z.infer<typeof SessionOwner>;

/** A token that comes again this soon comes from another tab of the same owner, and is given the same successor. */
export const REUSE_WINDOW_MS = 10_000;

/** What a successor is sealed for: its predecessor's hash. */
export const successorPurpose = (hash: string) => `refresh_successor:${hash}`;

/**
 * Uses a refresh token and puts another in its place, in one statement: of many at once, the database lets one
 * through. `null` where it was not this one, for whatever reason, another successor of the same token having been used
 * among them. The session is locked before its tokens, as everybody does who ends it or issues some.
 */
export async function claimRefreshToken(
  ctx: Pick<Ctx, "db" | "now" | "config" | "seal" | "client">,
  hash: string,
): Promise<{ owner: SessionOwner; refresh_token: string } | null> {
  const refresh_token = randomToken();
  const successor = await ctx.seal.seal(successorPurpose(hash), refresh_token);
  const now = ctx.now();
  const at = isoTime(now);
  const idle_ms = ctx.config.SESSION_IDLE_S * 1000;
  const statement = sql`with held as (
          select s.id as session_id, s.expires_at, u.id as user_id, u.email, u.role, u.access_version
          from refresh_tokens t join sessions s on s.id = t.session_id join users u on u.id = s.user_id
          where t.token_hash = ${hash} and t.used_at is null and t.expires_at > ${at}
            and s.ended_at is null and s.expires_at > ${at}
            and s.last_used_at > ${isoTime(now - idle_ms)} and u.status = 'active'
          for no key update of s
        ), claimed as (
          update refresh_tokens t set used_at = ${at}, successor = ${successor}
          from held where t.token_hash = ${hash} and t.used_at is null
          returning held.*
        ), followed as (
          insert into refresh_tokens (token_hash, session_id, created_at, expires_at, parent_hash)
          select ${await sha256Hex(refresh_token)}, session_id, ${at}::timestamptz,
            least(expires_at, ${isoTime(now + idle_ms)}::timestamptz), ${hash}
          from claimed
        ), used as (
          update sessions set last_used_at = ${at}, ip = ${ctx.client.ip}
          from claimed where sessions.id = claimed.session_id and sessions.ended_at is null
        )
        select session_id, user_id, email, role, access_version from claimed`;
  try {
    const [owner] = await readRows(ctx.db, statement, SessionOwner);
    return owner === undefined ? null : { owner, refresh_token };
  } catch (error) {
    if (isUniqueViolation(error)) return null;
    throw error;
  }
}
