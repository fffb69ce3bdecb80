import { eq, sql } from "drizzle-orm";
import { mails, users } from "../../shared/db/schema/index.ts";
import type { Tx } from "../../shared/db/transaction.ts";
import { enqueueMail } from "../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../shared/mail/send-mail-soon.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";

type User = typeof users.$inferSelect;

/** As long as a mail with a link, so that sealing it is as much work. */
const BLANK = { to: "", subject: "", text: " ".repeat(500), html: " ".repeat(1500) };

/** Statements that do nothing, in the place of those that only an account needs, so that their time tells nothing. */
export async function standIn(tx: Tx, statements: number): Promise<void> {
  for (let done = 0; done < statements; done += 1) await tx.execute(sql`select 1`);
}

/** Two statements, and a commit that must reach the disk, in the place of a mail to nobody. */
export async function pretendMail(tx: Tx, ctx: Ctx): Promise<void> {
  const id = await enqueueMail(tx, ctx, "none", BLANK);
  await tx.delete(mails).where(eq(mails.id, id));
}

/**
 * Puts a mail with a link for the account of an address into the outbox before anything is answered: what cannot be
 * stored fails, and what was answered is not lost. Where there is no such account, or `write` finds that it is to have
 * no mail, as many statements are made and as much is written.
 * @param write two statements and `enqueueMail`; `null` where nothing is to be sent, before any of them.
 */
export async function writeToAccount(
  ctx: Ctx,
  email_key: string,
  write: (tx: Tx, user: User) => Promise<string | null>,
): Promise<void> {
  const mail = await ctx.transact(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.email_key, email_key)).for("update");
    const written = user === undefined ? null : await write(tx, user);
    if (written !== null) return written;
    // The two of a link and the one of its mail.
    await standIn(tx, 1);
    await pretendMail(tx, ctx);
    return written;
  });
  if (mail !== null) sendMailSoon(ctx, mail);
}
