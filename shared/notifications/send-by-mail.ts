import { eq } from "drizzle-orm";
import { users } from "../db/schema/index.ts";
import { enqueueMail } from "../mail/enqueue-mail.ts";
import { sendMailSoon } from "../mail/send-mail-soon.ts";
import { notificationMail } from "../mail/templates/notification.ts";
import type { Ctx } from "../platform/ctx.ts";
import type { Claim } from "./claim-sends.ts";
import { needsOf } from "./may-be-sent.ts";
import { settleSends } from "./settle-sends.ts";

/** Of a digest; the mail says how many more there are. */
const MOST_SHOWN = 20;

export type MailCtx = Pick<
  Ctx,
  "transact" | "db" | "now" | "seal" | "config" | "queue" | "trace" | "later" | "log"
>;

/**
 * Puts one mail of these notifications, all of one user, into the outbox, in the transaction that settles them: the
 * outbox tries again by itself, and a worker that dies before the commit leaves them as they were.
 */
export async function sendByMail(ctx: MailCtx, user_id: string, claims: readonly Claim[]): Promise<void> {
  const mail_id = await ctx.transact(async (tx) => {
    const [user] = await tx
      .select({ email: users.email, name: users.name, status: users.status })
      .from(users)
      .where(eq(users.id, user_id));
    if (user?.status !== "active") {
      await settleSends(tx, ctx, claims, { status: "skipped", why: "the account is not active" });
      return null;
    }
    const sorted = [...claims].sort((left, right) => (left.created_at < right.created_at ? -1 : 1));
    const content = notificationMail({
      name: user.name,
      notifications: sorted
        .slice(0, MOST_SHOWN)
        .map(({ title, body, created_at }) => ({ title, body, at: created_at })),
      total: sorted.length,
      link: ctx.config.PUBLIC_URL,
    });
    const id = await enqueueMail(
      tx,
      ctx,
      "notification",
      { to: user.email, ...content },
      { user_id, needs: needsOf(claims[0]?.kind ?? "") },
    );
    await settleSends(tx, ctx, claims, { status: "sent" });
    return id;
  });
  if (mail_id !== null) sendMailSoon(ctx, mail_id);
}
