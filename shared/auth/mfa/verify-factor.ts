import { eq } from "drizzle-orm";
import { users } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { enqueueMail } from "../../mail/enqueue-mail.ts";
import { recoveryCodeUsedMail } from "../../mail/templates/recovery-code-used.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { countRecoveryCodes, takeRecoveryCode } from "./recovery-codes.ts";
import { takeStep } from "./take-step.ts";

/** How a second factor was proved; the names of RFC 8176 where it has one. */
export type FactorMethod = "otp" | "recovery";

export interface FactorProof {
  method: FactorMethod;
  /** The mails that were written, for `sendMailSoon` after the commit. */
  mails: string[];
}

/**
 * Checks a code of the authenticator or a recovery code and marks it used; `null` where it is wrong, was used, or the
 * account has no second factor. A used recovery code tells its owner by mail. Guesses are not counted here: see
 * `checkFactor`. The caller writes the audit row, last.
 */
export async function verifyFactor(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "seal" | "client">,
  user_id: string,
  code: string,
): Promise<FactorProof | null> {
  // Locked, so that a factor which is removed at the same moment either counted or did not.
  const [user] = await tx
    .select({
      email: users.email,
      name: users.name,
      secret: users.mfa_secret,
      enabled_at: users.mfa_enabled_at,
    })
    .from(users)
    .where(eq(users.id, user_id))
    .for("update");
  if (user === undefined || user.secret === null || user.enabled_at === null) return null;
  if (await takeStep(tx, ctx, user_id, user.secret, code.replaceAll(/\s/g, "")))
    return { method: "otp", mails: [] };
  if (!(await takeRecoveryCode(tx, ctx, user_id, code))) return null;
  const left = await countRecoveryCodes(tx, user_id);
  const content = recoveryCodeUsedMail({ name: user.name, at: ctx.now(), client: ctx.client, left });
  const mail = await enqueueMail(tx, ctx, "recovery_code_used", { to: user.email, ...content });
  return { method: "recovery", mails: [mail] };
}
