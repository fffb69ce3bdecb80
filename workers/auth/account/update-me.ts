import { and, eq, ne } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { EMAIL_TOKEN_TTL_MS, issueEmailToken } from "../../../shared/auth/email-tokens.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { mailLink } from "../../../shared/mail/mail-link.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { accountExistsMail } from "../../../shared/mail/templates/account-exists.ts";
import { changeEmailMail } from "../../../shared/mail/templates/change-email.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { requireFreshFactor } from "../../../shared/platform/http/authorise.ts";
import { expectRevision } from "../../../shared/platform/http/if-match.ts";
import { mayMail } from "../mail-turn.ts";
import { confirmPassword } from "../mfa/confirm-password.ts";
import type { PatchMeRequest } from "./schema.ts";

type User = typeof users.$inferSelect;

/** Asks for what a new address needs: the password, a fresh second factor where there is one, and a turn to write. */
async function authoriseEmailChange(ctx: Ctx, email: string, password: string | undefined): Promise<void> {
  const me = userOf(ctx);
  requireFreshFactor(me, ctx);
  if (password === undefined)
    throw new AppError("invalid_request", "To change the address, send current_password too.", {
      details: [{ pointer: "/current_password", message: "is needed to change the address" }],
    });
  await confirmPassword(ctx, me.user_id, password);
  if (!(await mayMail(ctx, "verify", emailKey(email))))
    throw new AppError("rate_limited", "Mail was sent to this address just now. Try again in a minute.", {
      headers: { "retry-after": "60" },
    });
}

/** The mail to a new address: a link, or, where it belongs to another account, only that. The answer does not tell. */
async function mailNewAddress(tx: Tx, ctx: Ctx, user: User, email: string): Promise<string> {
  const [other] = await tx
    .select({ name: users.name, email: users.email })
    .from(users)
    .where(and(eq(users.email_key, emailKey(email)), ne(users.id, user.id)));
  if (other !== undefined) {
    const link = `${ctx.config.PUBLIC_URL}/forgot-password`;
    const content = accountExistsMail({ name: other.name, link });
    return enqueueMail(tx, ctx, "account_exists", { to: other.email, ...content });
  }
  const ttl_ms = EMAIL_TOKEN_TTL_MS.change_email;
  const token = await issueEmailToken(tx, ctx, { user_id: user.id, purpose: "change_email", email, ttl_ms });
  const link = mailLink(ctx.config, "/verify-email", token);
  const content = changeEmailMail({ name: user.name, link, ttl_ms });
  return enqueueMail(tx, ctx, "change_email", { to: email, ...content });
}

/**
 * Changes the name at once, and the address once it is confirmed by the mail to it; the other sessions end as it is
 * asked for (ASVS 7.4.3, 7.5.1).
 * @param expected the revision that was read, where If-Match says it.
 * @throws `stale_edit`, `invalid_request` for a missing or wrong password, `step_up_required`, `locked`.
 */
export async function updateMe(ctx: Ctx, given: PatchMeRequest, expected: number | undefined): Promise<void> {
  const { user_id, session_id } = userOf(ctx);
  const { name, email } = given;
  if (email !== undefined) await authoriseEmailChange(ctx, email, given.current_password);
  const mails = await ctx.transact(async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, user_id)).for("update");
    if (user === undefined) throw new AppError("session_ended", "This account is gone.");
    expectRevision(expected, user);
    const at = isoTime(ctx.now());
    await tx
      .update(users)
      .set({ ...(name !== undefined && { name }), updated_at: at, revision: user.revision + 1 })
      .where(eq(users.id, user_id));
    const asksForEmail = email !== undefined && email !== user.email;
    const mail = asksForEmail ? [await mailNewAddress(tx, ctx, user, email)] : [];
    const ended = asksForEmail
      ? await endSessions(tx, ctx, { user_id, except: session_id, reason: "account_changed" })
      : 0;
    await recordAudit(tx, ctx, {
      action: "user.updated",
      target: { type: "user", id: user_id },
      before: { ...(name !== undefined && { name: user.name }) },
      after: { ...(name !== undefined && { name }), email_change_asked: asksForEmail, sessions_ended: ended },
    });
    return mail;
  });
  if (email !== undefined) await accessChanged(ctx, user_id);
  sendMailSoon(ctx, ...mails);
}
