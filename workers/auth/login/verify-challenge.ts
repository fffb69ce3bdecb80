import type { TokenAnswer } from "../../../shared/auth/sessions/token-answer.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { attemptChallenge, closeChallenge } from "./challenge.ts";
import { forgiveAccount } from "./check-credentials.ts";
import { answerLogin, openLogin } from "./open-login.ts";
import { proveFactor } from "./prove-factor.ts";
import type { MfaVerifyRequest } from "./schema.ts";

const overdue = () =>
  new AppError(
    "unauthorized",
    "This challenge was used, has run out, or has had too many attempts: log in again.",
  );

/**
 * Completes a log-in with its second factor. Of requests with one challenge at the same moment, one gets through.
 * @throws `unauthorized` for a wrong code or a challenge that is no good any more; `locked` after too many codes.
 */
export async function verifyChallenge(ctx: Ctx, given: MfaVerifyRequest): Promise<TokenAnswer> {
  const { challenge_token, code, device_token } = given;
  const user_id = await attemptChallenge(ctx, challenge_token);
  if (user_id === null) throw overdue();
  const opened = await proveFactor(ctx, user_id, code, async (tx, method) => {
    if (!(await closeChallenge(tx, ctx, challenge_token))) throw overdue();
    // A change of the password removes the challenges from before it.
    const isStillGood = () => true;
    return openLogin(tx, ctx, { user_id, methods: ["pwd", method], mfa: true, device_token, isStillGood });
  });
  if (opened === null)
    throw new AppError(
      "unauthorized",
      "The code is wrong, has run out, or was used already: wait for the next one.",
    );
  if (opened.device.device_token !== undefined) await forgiveAccount(ctx, opened.user.email_key);
  return answerLogin(ctx, opened);
}
