import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged, bumpAccess } from "../../../shared/auth/access-changed.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { redeemEmailToken, voidEmailTokens } from "../../../shared/auth/email-tokens.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { isUniqueViolation } from "../../../shared/db/unique.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { emailChangedMail } from "../../../shared/mail/templates/email-changed.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

async function move(tx: Tx, ctx: Ctx, token: string): Promise<{ user_id: string; mail: string } | null> {
  const proved = await redeemEmailToken(tx, ctx, "change_email", token);
  if (proved === null) return null;
  const [user] = await tx.select().from(users).where(eq(users.id, proved.user_id)).for("update");
  if (user === undefined) return null;
  const at = isoTime(ctx.now());
  await tx
    .update(users)
    .set({
      email: proved.email,
      email_key: emailKey(proved.email),
      email_verified_at: at,
      updated_at: at,
      revision: user.revision + 1,
    })
    .where(eq(users.id, user.id));
  // What was sent to the old address must not open the account of the new one.
  await voidEmailTokens(tx, ctx, user.id);
  await bumpAccess(tx, user.id);
  const content = emailChangedMail({ name: user.name, at: ctx.now(), client: ctx.client });
  const mail = await enqueueMail(tx, ctx, "email_changed", { to: user.email, ...content });
  await recordAudit(tx, ctx, {
    action: "user.email_changed",
    target: { type: "user", id: user.id },
    actor: { type: "user", id: user.id },
  });
  return { user_id: user.id, mail };
}

/**
 * Moves an account to the address that a token proves, and tells the old one. Access tokens must be refreshed.
 * @returns `false` where it is no such token.
 * @throws `conflict` where the address belongs to another account by now.
 */
export async function confirmEmailChange(ctx: Ctx, token: string): Promise<boolean> {
  try {
    const moved = await ctx.transact((tx) => move(tx, ctx, token));
    if (moved === null) return false;
    await accessChanged(ctx, moved.user_id);
    sendMailSoon(ctx, moved.mail);
    return true;
  } catch (error) {
    if (isUniqueViolation(error))
      throw new AppError("conflict", "There is an account with this address already.", { cause: error });
    throw error;
  }
}
