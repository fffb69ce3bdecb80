import type { AccessRefusal } from "../contracts/accounts.ts";
import { sha256Hex } from "../platform/bytes.ts";
import { AppError } from "../platform/errors.ts";
import { keyExists } from "./api-keys/key-exists.ts";
import { faultOfKey } from "./api-keys/key-text.ts";
import { rateLimitHeaders } from "./api-keys/rate-limit.ts";
import type { AuthCtx, Authenticated } from "./authenticated.ts";

function notValid(message: string): AppError {
  return new AppError("unauthorized", message, {
    headers: { "www-authenticate": 'Bearer realm="xsema", error="invalid_token"' },
  });
}

/** Whoever holds the key may know what became of it. */
function refusal(reason: AccessRefusal): AppError {
  switch (reason) {
    case "key_revoked":
      return notValid("This API key has been revoked: make another by POST /api/v1/api-keys.");
    case "key_expired":
      return notValid("This API key has expired: make another by POST /api/v1/api-keys.");
    case "account_not_active":
      return notValid("The account that this API key belongs to is not active.");
    default:
      return notValid("There is no such API key here: it may be of another deployment.");
  }
}

/**
 * The program behind an API key: its checksum is judged here, the rest by the key's gate.
 * @throws `unauthorized`, `rate_limited`, or `unavailable` where nobody can say.
 */
export async function authenticateKey(ctx: AuthCtx, key: string): Promise<Authenticated> {
  const fault = faultOfKey(key);
  if (fault === "not_a_key")
    throw notValid("This is no API key: one is xs_live_ and 49 letters and digits after it.");
  if (fault === "mistyped")
    throw notValid("This API key has a typing error: its checksum does not fit. Copy it anew.");
  const key_hash = await sha256Hex(key);
  if (!(await keyExists(ctx, key_hash))) throw refusal("unknown");
  const verdict = await ctx.gates.apiKey(key_hash).check(key_hash, ctx.client.ip);
  if (verdict.ok)
    return {
      actor: {
        type: "api_key",
        key_id: verdict.key_id,
        key_hash,
        user_id: verdict.access.user_id,
        role: verdict.access.role,
        plan: verdict.access.plan,
        permissions: new Set(verdict.scopes),
      },
      headers: rateLimitHeaders(verdict.rate_limit),
    };
  if (verdict.reason === "unavailable")
    throw new AppError(
      "unavailable",
      "Whether this API key is good cannot be told just now. Try again soon.",
      { headers: { "retry-after": "5" } },
    );
  if (verdict.reason !== "rate_limited") throw refusal(verdict.reason);
  const { limit, reset_s } = verdict.rate_limit;
  throw new AppError(
    "rate_limited",
    `This API key has used its ${limit} requests a minute. Try again in ${reset_s} s.`,
    { headers: { ...rateLimitHeaders(verdict.rate_limit), "retry-after": String(reset_s) } },
  );
}
