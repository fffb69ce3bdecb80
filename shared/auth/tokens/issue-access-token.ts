import { SignJWT } from "jose";
import { v7 } from "uuid";
import type { Role } from "../../contracts/access.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { currentSigner } from "./key-ring.ts";
import { ALGORITHM, CLIENT_ID, partiesOf, TOKEN_TYPE } from "./token-shape.ts";

export interface TokenSubject {
  id: string;
  email: string;
  role: Role;
  access_version: number;
}

/** Signs an access token of a session (RFC 9068). `expires_in` is in seconds. */
export async function issueAccessToken(
  ctx: Pick<Ctx, "db" | "now" | "config" | "log" | "seal">,
  { user, session_id }: { user: TokenSubject; session_id: string },
): Promise<{ access_token: string; expires_in: number }> {
  const { kid, key } = await currentSigner(ctx);
  const { issuer, audience } = partiesOf(ctx.config);
  const issuedAt = Math.floor(ctx.now() / 1000);
  const expires_in = ctx.config.ACCESS_TOKEN_S;
  const access_token = await new SignJWT({
    client_id: CLIENT_ID,
    email: user.email,
    role: user.role,
    sid: session_id,
    ver: user.access_version,
  })
    .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid })
    .setIssuer(issuer)
    .setAudience(audience)
    .setSubject(user.id)
    .setJti(v7({ msecs: ctx.now() }))
    .setIssuedAt(issuedAt)
    .setNotBefore(issuedAt)
    .setExpirationTime(issuedAt + expires_in)
    .sign(key);
  return { access_token, expires_in };
}
