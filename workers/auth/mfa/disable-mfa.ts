import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged, bumpAccess } from "../../../shared/auth/access-changed.ts";
import { checkFactor } from "../../../shared/auth/mfa/check-factor.ts";
import { removeRecoveryCodes } from "../../../shared/auth/mfa/recovery-codes.ts";
import { verifyFactor } from "../../../shared/auth/mfa/verify-factor.ts";
import { checkPassword } from "../../../shared/auth/password/check-password.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { enqueueMail } from "../../../shared/mail/enqueue-mail.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { mfaDisabledMail } from "../../../shared/mail/templates/mfa-disabled.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { confirmPassword } from "./confirm-password.ts";
import { requireMfa } from "./require-mfa.ts";

/**
 * Turns the second factor off. All other sessions end, and access tokens must be refreshed. A password that is too
 * weak to stand alone must be changed then: with a second factor a shorter one was good (NIST 800-63B-4, 3.1.1.2).
 */
export async function disableMfa(ctx: Ctx, given: { code: string; current_password: string }): Promise<void> {
  const me = userOf(ctx);
  requireMfa(me);
  const { user_id, session_id } = me;
  await confirmPassword(ctx, user_id, given.current_password);
  const mails = await checkFactor(ctx, user_id, async (tx) => {
    const proof = await verifyFactor(tx, ctx, user_id, given.code);
    if (proof === null) return null;
    const [user] = await tx.select().from(users).where(eq(users.id, user_id));
    if (user === undefined) return null;
    const weak = await checkPassword(ctx, {
      password: given.current_password,
      email: user.email,
      name: user.name,
      mfa_enabled: false,
    });
    const must_change_password = user.must_change_password || weak.length > 0;
    await tx
      .update(users)
      .set({ mfa_secret: null, mfa_enabled_at: null, mfa_last_step: null, must_change_password })
      .where(eq(users.id, user_id));
    await removeRecoveryCodes(tx, user_id);
    const ended = await endSessions(tx, ctx, { user_id, except: session_id, reason: "mfa_changed" });
    await bumpAccess(tx, user_id);
    const content = mfaDisabledMail({ name: user.name, at: ctx.now(), client: ctx.client });
    const id = await enqueueMail(tx, ctx, "mfa_disabled", { to: user.email, ...content });
    await recordAudit(tx, ctx, {
      action: "user.mfa_disabled",
      target: { type: "user", id: user_id },
      before: { mfa_enabled: true },
      after: { mfa_enabled: false, must_change_password, method: proof.method, sessions_ended: ended },
    });
    return [...proof.mails, id];
  });
  await accessChanged(ctx, user_id);
  sendMailSoon(ctx, ...mails);
}
