import { checkFactor } from "../../../shared/auth/mfa/check-factor.ts";
import { type FactorMethod, verifyFactor } from "../../../shared/auth/mfa/verify-factor.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/**
 * Runs `work` where the code is right, in the transaction that marks it used; `null` where it is wrong.
 * @throws `locked` after too many wrong codes for the account.
 */
export async function proveFactor<T>(
  ctx: Ctx,
  user_id: string,
  code: string,
  work: (tx: Tx, method: FactorMethod) => Promise<T>,
): Promise<T | null> {
  try {
    const { done, mails } = await checkFactor(ctx, user_id, async (tx) => {
      const proof = await verifyFactor(tx, ctx, user_id, code);
      return proof === null ? null : { done: await work(tx, proof.method), mails: proof.mails };
    });
    sendMailSoon(ctx, ...mails);
    return done;
  } catch (error) {
    if (error instanceof AppError && error.code === "invalid_request") return null;
    throw error;
  }
}
