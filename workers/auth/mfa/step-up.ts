import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { checkFactor } from "../../../shared/auth/mfa/check-factor.ts";
import { verifyFactor } from "../../../shared/auth/mfa/verify-factor.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { markFactorProved } from "./mark-factor-proved.ts";
import { requireMfa } from "./require-mfa.ts";
import type { StepUpAnswer } from "./schema.ts";

/** Proves the second factor anew for this session, by a code of the authenticator or a recovery code (ASVS 7.5.3). */
export async function stepUp(ctx: Ctx, code: string): Promise<StepUpAnswer> {
  const me = userOf(ctx);
  requireMfa(me);
  const { mails } = await checkFactor(ctx, me.user_id, async (tx) => {
    const proof = await verifyFactor(tx, ctx, me.user_id, code);
    if (proof === null) return null;
    await markFactorProved(tx, ctx, me.session_id);
    await recordAudit(tx, ctx, {
      action: "session.stepped_up",
      target: { type: "session", id: me.session_id },
      after: { method: proof.method },
    });
    return proof;
  });
  await accessChanged(ctx, me.user_id);
  sendMailSoon(ctx, ...mails);
  return { mfa_at: isoTime(ctx.now()), fresh_until: isoTime(ctx.now() + ctx.config.STEP_UP_S * 1000) };
}
