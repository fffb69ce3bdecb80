import { z } from "zod";
import type { Config } from "../../platform/config.ts";

/** The only algorithm that signs access tokens (RFC 8725, 3.1): ECDSA on P-256 with SHA-256. */
export const ALGORITHM = "ES256";
/** The header's `typ` (RFC 9068, 2.1): no other JWT passes for an access token. */
export const TOKEN_TYPE = "at+jwt";
/** How far clocks may be apart. */
export const CLOCK_SKEW_S = 5;
export const MAX_TOKEN_CHARACTERS = 8192;

/** The one client of the deployment (RFC 9068, 2.2): whoever logs in by the page or the API; none is registered. */
export const CLIENT_ID = "xsema";

/** Who issues access tokens, and for whom they are. */
export function partiesOf(config: Pick<Config, "PUBLIC_URL">) {
  return { issuer: config.PUBLIC_URL, audience: `${config.PUBLIC_URL}/api` };
}

export const TokenHeader = z.strictObject({
  alg: z.literal(ALGORITHM),
  typ: z.literal(TOKEN_TYPE),
  kid: z.string().min(1).max(100),
});

export type TokenHeader = z.infer<typeof TokenHeader>;

/** What an access token says. `sid` is the session, `ver` the account's access version that it was made under. */
export const TokenClaims = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  sub: z.string().min(1),
  /** Absent in tokens that a worker of an earlier version made. */
  client_id: z.string().min(1).optional(),
  email: z.string(),
  role: z.string(),
  sid: z.string().min(1),
  ver: z.number().int().positive(),
  jti: z.string().min(1),
  iat: z.number().int(),
  nbf: z.number().int(),
  exp: z.number().int(),
});
export type TokenClaims = z.infer<typeof TokenClaims>;
