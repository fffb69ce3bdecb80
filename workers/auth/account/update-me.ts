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
import { emailChangeAskedMail } from "../../../shared/mail/templates/email-change-asked.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { requireFreshFactor } from "../../../shared/platform/http/authorise.ts";
import { type ExpectedTags, expectRevision } from "../../../shared/platform/http/if-match.ts";
import { onMailTurn } from "../mail-turn.ts";
import { confirmPassword } from "../mfa/confirm-password.ts";
import type { PatchMeRequest } from "./schema.ts";

type User = typeof users.$inferSelect;

/** Asks for what a new address needs: the password, and a fresh second factor where there is one. */
async function authoriseEmailChange(ctx: Ctx, password: string | undefined): Promise<void> {
  const me = userOf(ctx);
  requireFreshFactor(me, ctx);
  if (password === undefined)
    throw new AppError("invalid_request", "To change the address, send current_password too.", {
      details: [{ pointer: "/current_password", message: "is needed to change the address" }],
    });
  await confirmPassword(ctx, me.user_id, password);
}

/**
 * The mail to the address that still counts: it hears at once, also where the new one belongs to another account, and
 * its link stops the change. Nothing more is known of whoever asked than that they have the password and a session.
 */
async function mailOldAddress(tx: Tx, ctx: Ctx, user: User): Promise<string> {
  const { id: user_id, email, name } = user;
  const ttl_ms = EMAIL_TOKEN_TTL_MS.cancel_email;
  const token = await issueEmailToken(tx, ctx, { user_id, purpose: "cancel_email", email, ttl_ms });
  const link = mailLink(ctx.config, "/cancel-email-change", token);
  const content = emailChangeAskedMail({ name, at: ctx.now(), client: ctx.client, link, ttl_ms });
  return enqueueMail(tx, ctx, "email_change_asked", { to: email, ...content });
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
  const link = mailLink(ctx.config, "/confirm-email-change", token);
  const content = changeEmailMail({ name: user.name, link, ttl_ms });
  return enqueueMail(tx, ctx, "change_email", { to: email, ...content });
}

async function store(ctx: Ctx, { name, email }: PatchMeRequest, expected: ExpectedTags): Promise<void> {
  const { user_id, session_id } = userOf(ctx);
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
    // Before the links are made: it voids those that are open.
    const ended = asksForEmail
      ? await endSessions(tx, ctx, { user_id, except: session_id, reason: "account_changed" })
      : 0;
    const mails = asksForEmail
      ? [await mailOldAddress(tx, ctx, user), await mailNewAddress(tx, ctx, user, email)]
      : [];
    await recordAudit(tx, ctx, {
      action: "user.updated",
      target: { type: "user", id: user_id },
      before: { ...(name !== undefined && { name: user.name }) },
      after: { ...(name !== undefined && { name }), email_change_asked: asksForEmail, sessions_ended: ended },
    });
    return mails;
  });
  sendMailSoon(ctx, ...mails);
}

/**
 * Changes the name at once, and the address once it is confirmed by the mail to it; the other sessions end as it is
 * asked for, and the address that counts until then is told and can stop it (ASVS 6.3.7, 7.4.3, 7.5.1).
 * @param expected the revision that was read, where If-Match says it.
 * @throws `stale_edit`, `invalid_request` for a missing or wrong password, `step_up_required`, `locked`.
 */
export async function updateMe(ctx: Ctx, given: PatchMeRequest, expected: ExpectedTags): Promise<void> {
  const { email, current_password } = given;
  if (email === undefined) return store(ctx, given, expected);
  await authoriseEmailChange(ctx, current_password);
  if (!(await onMailTurn(ctx, "verify", emailKey(email), () => store(ctx, given, expected))))
    throw new AppError("rate_limited", "Mail was sent to this address just now. Try again in a minute.", {
      headers: { "retry-after": "60" },
    });
  await accessChanged(ctx, userOf(ctx).user_id);
}
