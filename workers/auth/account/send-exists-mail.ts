import { eq } from "drizzle-orm";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { accountExistsMail } from "../../../shared/mail/templates/account-exists.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** Tells the owner of an account that somebody tried to make another with its address. */
export async function sendExistsMail(ctx: Ctx, email_key: string): Promise<void> {
  const mail = await ctx.transact(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.email_key, email_key));
    if (user === undefined) return null;
    const link = `${ctx.config.PUBLIC_URL}/forgot-password`;
    const content = accountExistsMail({ name: user.name, link });
    return enqueueMail(tx, ctx, "account_exists", { to: user.email, ...content });
  });
  if (mail !== null) sendMailSoon(ctx, mail);
}
