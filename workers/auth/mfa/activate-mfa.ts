import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { checkFactor } from "../../../shared/auth/mfa/check-factor.ts";
import { replaceRecoveryCodes } from "../../../shared/auth/mfa/recovery-codes.ts";
import { takeStep } from "../../../shared/auth/mfa/take-step.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { mfaEnabledMail } from "../../../shared/mail/templates/mfa-enabled.ts";
import { tellAccount, toldSoon } from "../../../shared/notifications/tell-account.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { markFactorProved } from "./mark-factor-proved.ts";

/**
 * Turns the second factor on, once its first code shows that the app has the secret. The session goes on as one that
 * has proved it; all others end, since they were opened without (ASVS 7.4.3).
 * @returns the recovery codes, which nobody can read again.
 */
export async function activateMfa(ctx: Ctx, code: string): Promise<string[]> {
  const { user_id, session_id } = userOf(ctx);
  const { codes, mail, told } = await checkFactor(ctx, user_id, async (tx) => {
    const [user] = await tx.select().from(users).where(eq(users.id, user_id)).for("update");
    if (user === undefined || user.mfa_secret === null)
      throw new AppError("conflict", "There is nothing to activate: POST /api/v1/auth/mfa/setup first.");
    if (user.mfa_enabled_at !== null)
      throw new AppError("conflict", "This account has a second factor already.");
    if (!(await takeStep(tx, ctx, user_id, user.mfa_secret, code.replaceAll(/\s/g, "")))) return null;
    await tx
      .update(users)
      .set({ mfa_enabled_at: isoTime(ctx.now()) })
      .where(eq(users.id, user_id));
    const codes = await replaceRecoveryCodes(tx, user_id);
    await markFactorProved(tx, ctx, session_id);
    const ended = await endSessions(tx, ctx, { user_id, except: session_id, reason: "mfa_changed" });
    const content = mfaEnabledMail({ name: user.name, at: ctx.now(), client: ctx.client });
    const mail = await enqueueMail(tx, ctx, "mfa_enabled", { to: user.email, ...content });
    const { ip } = ctx.client;
    const told = await tellAccount(tx, ctx, "user.mfa_enabled", { user_id, ip });
    await recordAudit(tx, ctx, {
      action: "user.mfa_enabled",
      target: { type: "user", id: user_id },
      before: { mfa_enabled: false },
      after: { mfa_enabled: true, sessions_ended: ended },
    });
    return { codes, mail, told };
  });
  await accessChanged(ctx, user_id);
  sendMailSoon(ctx, mail);
  toldSoon(ctx, told);
  return codes;
}
