import { faultOfKey } from "../../../shared/auth/api-keys/key-text.ts";
import { sha256Hex } from "../../../shared/platform/bytes.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { endOwnSession } from "../sessions/log-out.ts";
import { readTokenState } from "../sessions/token-state.ts";
import { readAccessClaims } from "./read-access-claims.ts";

async function sessionOf(ctx: Ctx, token: string): Promise<{ user_id: string; session_id: string } | null> {
  const claims = await readAccessClaims(ctx, token);
  if (claims !== null) return { user_id: claims.sub, session_id: claims.sid };
  return (await readTokenState(ctx.db, await sha256Hex(token))) ?? null;
}

/**
 * Revokes a token (RFC 7009): its session ends, and with it every token of the session. Whoever holds it may do so. Of a
 * token that is good for nothing, nothing is said.
 * @throws `invalid_request` for an API key, which its owner revokes.
 */
export async function revokeToken(ctx: Ctx, token: string): Promise<void> {
  if (faultOfKey(token) !== "not_a_key") {
    const message = "API keys are revoked by DELETE /api/v1/api-keys/{id}";
    throw new AppError("invalid_request", `${message}.`, { details: [{ pointer: "/token_type", message }] });
  }
  const session = await sessionOf(ctx, token);
  if (session !== null) await endOwnSession(ctx, session);
}
