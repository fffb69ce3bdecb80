import { eq, sql } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { lockAccounts, readTarget } from "../access/lock-accounts.ts";
import { mayChange } from "../access/rules.ts";
import type { User } from "./schema.ts";
import { readUser } from "./user-row.ts";
import { type InviteCtx, writeInvitation } from "./write-invitation.ts";

/** Sends the invitation anew; the link before is good no more. Throws `conflict` where nobody is awaited. */
export async function resendInvitation(ctx: InviteCtx, id: string): Promise<User> {
  const { user, mail } = await ctx.transact(async (tx) => {
    const acting = await lockAccounts(tx, ctx, "users:write", sql`u.id = ${id}`);
    mayChange(acting, await readTarget(tx, id));
    const [stored] = await tx
      .select({ status: users.status, password_hash: users.password_hash })
      .from(users)
      .where(eq(users.id, id));
    if (stored?.status !== "pending" || stored.password_hash !== null)
      throw new AppError("conflict", "This account does not wait for an invitation to be accepted.");
    const user = await readUser(tx, id);
    const mail = await writeInvitation(tx, ctx, user, acting);
    await recordAudit(tx, ctx, { action: "user.invited_again", target: { type: "user", id } });
    return { user, mail };
  });
  sendMailSoon(ctx, mail);
  return user;
}
