import { compactVerify, errors } from "jose";
import { cutText } from "../../domain/cut-text.ts";
import { decodeBase64Url } from "../../platform/base64.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { AppError } from "../../platform/errors.ts";
import { findPublicKey } from "./key-ring.ts";
import {
  ALGORITHM,
  CLOCK_SKEW_S,
  MAX_TOKEN_CHARACTERS,
  partiesOf,
  TokenClaims,
  TokenHeader,
} from "./token-shape.ts";

function refuse(message: string): AppError {
  return new AppError("unauthorized", `This access token is not valid: ${message}.`, {
    headers: { "www-authenticate": 'Bearer realm="xsema", error="invalid_token"' },
  });
}

/**
 * The JSON of one part. Ours come out of `JSON.stringify`, so whatever would not come out of it the same, such as a
 * name that is there twice, was not made here.
 */
function parsePart(part: string, name: string): unknown {
  try {
    const bytes = decodeBase64Url(part);
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes ?? undefined);
    const value: unknown = JSON.parse(text);
    if (JSON.stringify(value) === text) return value;
  } catch {
    // Said below, the same for every way in which it cannot be read.
  }
  throw refuse(`its ${name} cannot be read`);
}

function readHeader(part: string): TokenHeader {
  const parsed = TokenHeader.safeParse(parsePart(part, "header"));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys")
    throw refuse(
      `its header may hold alg, typ and kid only, and this one has ${cutText(issue.keys[0] ?? "another", 20)}`,
    );
  throw refuse(
    { alg: `it must be signed with ${ALGORITHM}`, typ: "its typ must be at+jwt", kid: "its kid is missing" }[
      String(issue?.path[0])
    ] ?? "its header is not an object",
  );
}

/** Times, issuer and audience (RFC 9068, 4). */
function checkClaims(ctx: Pick<Ctx, "now" | "config">, claims: TokenClaims): void {
  const { issuer, audience } = partiesOf(ctx.config);
  const now = Math.floor(ctx.now() / 1000);
  if (claims.iss !== issuer) throw refuse("it was issued by somebody else");
  if (claims.aud !== audience) throw refuse("it is meant for somebody else");
  if (claims.nbf > now + CLOCK_SKEW_S || claims.iat > now + CLOCK_SKEW_S)
    throw refuse("its time has not come yet");
  if (claims.exp <= now - CLOCK_SKEW_S)
    throw new AppError(
      "token_expired",
      "This access token has expired: get another by POST /api/v1/auth/refresh.",
      { headers: { "www-authenticate": 'Bearer realm="xsema", error="invalid_token"' } },
    );
}

/**
 * The claims of an access token that this deployment signed and that is good now (RFC 8725, RFC 9068 4). Keys come
 * from our table only; whatever a token says of its own key is refused. Says nothing of the session: ask its gate.
 * @throws `unauthorized`, or `token_expired` where time is all that is wrong.
 */
export async function verifyAccessToken(
  ctx: Pick<Ctx, "db" | "now" | "config" | "log">,
  token: string,
): Promise<TokenClaims> {
  if (token.length > MAX_TOKEN_CHARACTERS)
    throw refuse(`it has more than ${MAX_TOKEN_CHARACTERS} characters`);
  const [, head, body, signature] = /^([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token) ?? [];
  if (head === undefined || body === undefined || signature === undefined)
    throw refuse("it is not made of three parts, as a JWT is");
  // Bits behind the last byte would make a second token of the same signature.
  if (decodeBase64Url(signature) === null) throw refuse("its signature does not match");
  const { kid } = readHeader(head);
  const key = await findPublicKey(ctx, kid);
  if (key === null) throw refuse("its kid names no key of this deployment");
  try {
    await compactVerify(token, key, { algorithms: [ALGORITHM] });
  } catch (error) {
    if (error instanceof errors.JOSEError) throw refuse("its signature does not match");
    throw error;
  }
  const claims = TokenClaims.safeParse(parsePart(body, "payload"));
  if (!claims.success)
    throw refuse(`its claim ${String(claims.error.issues[0]?.path[0] ?? "set")} is not as it should be`);
  checkClaims(ctx, claims.data);
  return claims.data;
}
