import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged, bumpAccess } from "../../../shared/auth/access-changed.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { findEmailToken, type ProvedEmail, redeemEmailToken } from "../../../shared/auth/email-tokens.ts";
import { accountGuardName } from "../../../shared/auth/login/guard-names.ts";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { known_devices, users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { passwordChangedMail } from "../../../shared/mail/templates/password-changed.ts";
import { tellAccount, toldSoon } from "../../../shared/notifications/tell-account.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { linkIsVoid } from "../account/link-is-void.ts";
import { judgeNewPassword } from "./judge-new-password.ts";
import type { ResetRequest } from "./schema.ts";
import { setPassword } from "./set-password.ts";

/** Whose password is to be reset, with what the new one is judged by. */
async function findChooser(ctx: Ctx, proved: ProvedEmail) {
  const [user] = await ctx.db
    .select({ id: users.id, email: users.email, name: users.name, mfa_enabled_at: users.mfa_enabled_at })
    .from(users)
    .where(eq(users.id, proved.user_id));
  if (user === undefined) throw linkIsVoid();
  return { ...user, mfa_enabled: user.mfa_enabled_at !== null };
}

async function store(ctx: Ctx, token: string, password_hash: string) {
  return ctx.transact(async (tx) => {
    const proved = await redeemEmailToken(tx, ctx, "reset", token);
    if (proved === null) throw linkIsVoid();
    const [user] = await tx.select().from(users).where(eq(users.id, proved.user_id)).for("update");
    if (user === undefined || user.email_key !== emailKey(proved.email)) throw linkIsVoid();
    await setPassword(tx, ctx, user.id, password_hash);
    // The mail proves the address, as that of a registration does. Who was put away meanwhile stays so.
    const status = user.status === "pending" ? "active" : user.status;
    const email_verified_at = user.email_verified_at ?? isoTime(ctx.now());
    await tx.update(users).set({ status, email_verified_at }).where(eq(users.id, user.id));
    await tx.delete(known_devices).where(eq(known_devices.user_id, user.id));
    const ended = await endSessions(tx, ctx, { user_id: user.id, reason: "password_reset" });
    await bumpAccess(tx, user.id);
    const content = passwordChangedMail({ name: user.name, at: ctx.now(), client: ctx.client });
    const mail = await enqueueMail(tx, ctx, "password_changed", { to: user.email, ...content });
    const { ip } = ctx.client;
    const told = await tellAccount(tx, ctx, "user.password_changed", { user_id: user.id, ip });
    await recordAudit(tx, ctx, {
      action: "user.password_reset",
      target: { type: "user", id: user.id },
      actor: { type: "user", id: user.id },
      before: { status: user.status },
      after: { status, sessions_ended: ended },
    });
    return { user_id: user.id, email_key: user.email_key, mail, told };
  });
}

/**
 * Sets a new password by the token of a mail. It opens no session, so a second factor is asked for as ever (ASVS
 * 6.4.3). All sessions end, all devices are new ones again, and a lock-out is over.
 * @throws `invalid_request` for a token that is not good, or a weak password, which leaves the token as it is.
 */
export async function resetPassword(ctx: Ctx, { token, password }: ResetRequest): Promise<void> {
  const proved = await findEmailToken(ctx, "reset", token);
  if (proved === null) throw linkIsVoid();
  await judgeNewPassword(ctx, await findChooser(ctx, proved), password);
  const password_hash = await hashPassword(ctx.config, password);
  const { user_id, email_key, mail, told } = await store(ctx, token, password_hash);
  await accessChanged(ctx, user_id);
  await ctx.gates.login(await accountGuardName(email_key)).reset();
  sendMailSoon(ctx, mail);
  toldSoon(ctx, told);
}
