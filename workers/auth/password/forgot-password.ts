import { emailKey } from "../../../shared/auth/email-key.ts";
import { EMAIL_TOKEN_TTL_MS, issueEmailToken } from "../../../shared/auth/email-tokens.ts";
import type { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { mailLink } from "../../../shared/mail/mail-link.ts";
import { resetPasswordMail } from "../../../shared/mail/templates/reset-password.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { countRequest, onMailTurn } from "../mail-turn.ts";
import { writeToAccount } from "../write-to-account.ts";

/** Accounts that an administrator has put away cannot be had back by mail. */
const MAY_RESET: readonly string[] = ["active", "pending"];

async function writeResetMail(tx: Tx, ctx: Ctx, user: typeof users.$inferSelect): Promise<string | null> {
  if (!MAY_RESET.includes(user.status)) return null;
  const { id: user_id, email, name } = user;
  const ttl_ms = EMAIL_TOKEN_TTL_MS.reset;
  const token = await issueEmailToken(tx, ctx, { user_id, purpose: "reset", email, ttl_ms });
  const link = mailLink(ctx.config, "/reset-password", token);
  const content = resetPasswordMail({ name, link, ttl_ms });
  return enqueueMail(tx, ctx, "reset_password", { to: email, ...content });
}

/**
 * Writes a link to whoever forgot the password, where there is such an account; nobody can tell from the answer. The
 * mail is in the outbox when this returns.
 */
export async function forgotPassword(ctx: Ctx, email: string): Promise<void> {
  await countRequest(ctx, "mail");
  const email_key = emailKey(email);
  await onMailTurn(ctx, "reset", email_key, () =>
    writeToAccount(ctx, email_key, (tx, user) => writeResetMail(tx, ctx, user)),
  );
}
