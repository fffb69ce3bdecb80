import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged, bumpAccess } from "../../../shared/auth/access-changed.ts";
import { checkFactor } from "../../../shared/auth/mfa/check-factor.ts";
import { removeFactor } from "../../../shared/auth/mfa/remove-factor.ts";
import { verifyFactor } from "../../../shared/auth/mfa/verify-factor.ts";
import { checkPassword } from "../../../shared/auth/password/check-password.ts";
import { endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { type Told, tellAccount, toldSoon } from "../../../shared/notifications/tell-account.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { requireFreshFactor } from "../../../shared/platform/http/authorise.ts";
import { confirmPassword } from "./confirm-password.ts";
import { requireMfa } from "./require-mfa.ts";
import type { DisableRequest } from "./schema.ts";

/** What must be handed on after the commit. */
interface Removed {
  mails: string[];
  told: Told;
}

/** The removal itself, with all that follows from it. */
async function remove(tx: Tx, ctx: Ctx, password: string, method: string): Promise<Removed> {
  const me = userOf(ctx);
  const { user_id, session_id } = me;
  const [user] = await tx.select().from(users).where(eq(users.id, user_id)).for("update");
  if (user === undefined) throw new AppError("session_ended", "This account is gone.");
  // Another request may have removed it since this one was let in.
  requireMfa({ ...me, mfa_enabled: user.mfa_enabled_at !== null });
  const { email, name } = user;
  const weak = await checkPassword(ctx, { password, email, name, mfa_enabled: false });
  const must_change_password = user.must_change_password || weak.length > 0;
  await tx.update(users).set({ must_change_password }).where(eq(users.id, user_id));
  const mail = await removeFactor(tx, ctx, user);
  const ended = await endSessions(tx, ctx, { user_id, except: session_id, reason: "mfa_changed" });
  await bumpAccess(tx, user_id);
  const { ip } = ctx.client;
  const told = await tellAccount(tx, ctx, "user.mfa_disabled", { user_id, ip });
  await recordAudit(tx, ctx, {
    action: "user.mfa_disabled",
    target: { type: "user", id: user_id },
    before: { mfa_enabled: true },
    after: { mfa_enabled: false, must_change_password, method, sessions_ended: ended },
  });
  return { mails: [mail], told };
}

/**
 * Turns the second factor off. It must be proved: by a code, or by this session within `STEP_UP_S`, since each code
 * counts once. All other sessions end, and access tokens must be refreshed. A password that is too weak to stand alone
 * must be changed then: with a second factor a shorter one was good (NIST 800-63B-4, 3.1.1.2).
 * @throws `step_up_required` without a code where the proof is too old; `conflict` where there is none to turn off.
 */
export async function disableMfa(ctx: Ctx, given: DisableRequest): Promise<void> {
  const me = userOf(ctx);
  requireMfa(me);
  const { code, current_password } = given;
  if (code === undefined) requireFreshFactor(me, ctx);
  await confirmPassword(ctx, me.user_id, current_password);
  const { mails, told } =
    code === undefined
      ? await ctx.transact((tx) => remove(tx, ctx, current_password, "step_up"))
      : await checkFactor(ctx, me.user_id, async (tx) => {
          const proof = await verifyFactor(tx, ctx, me.user_id, code);
          if (proof === null) return null;
          const removed = await remove(tx, ctx, current_password, proof.method);
          return { ...removed, mails: [...proof.mails, ...removed.mails] };
        });
  await accessChanged(ctx, me.user_id);
  sendMailSoon(ctx, ...mails);
  toldSoon(ctx, told);
}
