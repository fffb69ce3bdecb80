import type { TokenClaims } from "../../../shared/auth/tokens/token-shape.ts";
import { verifyAccessToken } from "../../../shared/auth/tokens/verify-access-token.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** The claims of an access token, or `null` where it is none of ours or has run out; says nothing of its session. */
export async function readAccessClaims(
  ctx: Pick<Ctx, "db" | "now" | "config" | "log">,
  token: string,
): Promise<TokenClaims | null> {
  try {
    return await verifyAccessToken(ctx, token);
  } catch (error) {
    if (error instanceof AppError && error.status === 401) return null;
    throw error;
  }
}
