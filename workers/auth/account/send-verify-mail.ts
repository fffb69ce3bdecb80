import { eq } from "drizzle-orm";
import { EMAIL_TOKEN_TTL_MS, issueEmailToken } from "../../../shared/auth/email-tokens.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { mailLink } from "../../../shared/mail/mail-link.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { verifyEmailMail } from "../../../shared/mail/templates/verify-email.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** Sends a new link to an account whose address is not verified; the one before it is void. Others are sent nothing. */
export async function sendVerifyMail(ctx: Ctx, email_key: string): Promise<void> {
  const mail = await ctx.transact(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.email_key, email_key)).for("update");
    if (user === undefined || user.status !== "pending" || user.password_hash === null) return null;
    const ttl_ms = EMAIL_TOKEN_TTL_MS.verify;
    const token = await issueEmailToken(tx, ctx, {
      user_id: user.id,
      purpose: "verify",
      email: user.email,
      ttl_ms,
    });
    const link = mailLink(ctx.config, "/verify-email", token);
    const content = verifyEmailMail({ name: user.name, link, ttl_ms });
    return enqueueMail(tx, ctx, "verify_email", { to: user.email, ...content });
  });
  if (mail !== null) sendMailSoon(ctx, mail);
}
