import { EMAIL_TOKEN_TTL_MS, issueEmailToken, type Registration } from "../../../shared/auth/email-tokens.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { mailLink } from "../../../shared/mail/mail-link.ts";
import { verifyEmailMail } from "../../../shared/mail/templates/verify-email.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** A link by which one registration of an address is confirmed, and its mail. Three statements. */
export async function writeVerifyMail(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "config" | "seal">,
  to: { id: string; email: string },
  registration: Registration,
): Promise<string> {
  const ttl_ms = EMAIL_TOKEN_TTL_MS.verify;
  const { id: user_id, email } = to;
  const token = await issueEmailToken(tx, ctx, { user_id, purpose: "verify", email, ttl_ms, registration });
  const link = mailLink(ctx.config, "/verify-email", token);
  const content = verifyEmailMail({ name: registration.name, link, ttl_ms });
  return enqueueMail(tx, ctx, "verify_email", { to: email, ...content });
}
