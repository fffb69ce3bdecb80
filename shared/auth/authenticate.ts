import { AppError } from "../platform/errors.ts";
import { authenticateKey } from "./authenticate-key.ts";
import { authenticateTicket, authenticateToken } from "./authenticate-token.ts";
import type { AuthCtx, Authenticated } from "./authenticated.ts";
import { type Carrier, readCredential } from "./credential.ts";

/**
 * Who sends a request. Nothing sent is `anonymous`; what is sent must be good.
 * @throws `unauthorized`, `token_expired`, `session_ended`, or `rate_limited` for a key over its limit.
 */
export async function authenticate(
  ctx: AuthCtx,
  request: Request,
  carrier: Carrier = "headers",
): Promise<Authenticated> {
  const credential = readCredential(request, carrier);
  switch (credential.kind) {
    case "none":
      return { actor: { type: "anonymous" }, headers: {} };
    case "key":
      return authenticateKey(ctx, credential.text);
    case "token":
      return { actor: await authenticateToken(ctx, credential.text), headers: {} };
    case "ticket":
      return { actor: await authenticateTicket(ctx, credential.text), headers: {} };
    case "unreadable":
      throw new AppError("unauthorized", credential.message, {
        headers: { "www-authenticate": 'Bearer realm="xsema", error="invalid_request"' },
      });
  }
}
