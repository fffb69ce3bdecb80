import { eq } from "drizzle-orm";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { EMAIL_TOKEN_TTL_MS, issueEmailToken } from "../../../shared/auth/email-tokens.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { mailLink } from "../../../shared/mail/mail-link.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { resetPasswordMail } from "../../../shared/mail/templates/reset-password.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { afterAnswer } from "../after-answer.ts";
import { countRequest, mayMail } from "../mail-turn.ts";

/** Accounts that an administrator has put away cannot be had back by mail. */
const MAY_RESET: readonly string[] = ["active", "pending"];

async function sendResetMail(ctx: Ctx, email_key: string): Promise<void> {
  const mail = await ctx.transact(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.email_key, email_key)).for("update");
    if (user === undefined || !MAY_RESET.includes(user.status)) return null;
    const ttl_ms = EMAIL_TOKEN_TTL_MS.reset;
    const token = await issueEmailToken(tx, ctx, {
      user_id: user.id,
      purpose: "reset",
      email: user.email,
      ttl_ms,
    });
    const link = mailLink(ctx.config, "/reset-password", token);
    const content = resetPasswordMail({ name: user.name, link, ttl_ms });
    return enqueueMail(tx, ctx, "reset_password", { to: user.email, ...content });
  });
  if (mail !== null) sendMailSoon(ctx, mail);
}

/** Sends a link to whoever forgot the password, where there is such an account; nobody can tell from the answer. */
export async function forgotPassword(ctx: Ctx, email: string): Promise<void> {
  await countRequest(ctx, "mail");
  const email_key = emailKey(email);
  if (await mayMail(ctx, "reset", email_key))
    afterAnswer(ctx, "the mail of a forgotten password", () => sendResetMail(ctx, email_key));
}
