import { and, eq, isNull } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { mfaPurpose } from "../../../shared/auth/mfa/take-step.ts";
import { newTotpSecret, totpUri } from "../../../shared/auth/mfa/totp.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { confirmPassword } from "./confirm-password.ts";
import { drawQr } from "./qr.ts";
import type { SetUpAnswer } from "./schema.ts";

/**
 * Gives the account a secret for an authenticator app. Nothing asks for its codes before `activateMfa` has seen one,
 * so an app that was not set up right locks nobody out. Done again, it voids the secret before.
 */
export async function setUpMfa(ctx: Ctx, currentPassword: string): Promise<SetUpAnswer> {
  const { user_id, email } = userOf(ctx);
  await confirmPassword(ctx, user_id, currentPassword);
  const secret = newTotpSecret();
  const sealed = await ctx.seal.seal(mfaPurpose(user_id), secret);
  await ctx.transact(async (tx) => {
    const set = await tx
      .update(users)
      .set({ mfa_secret: sealed, mfa_last_step: null })
      .where(and(eq(users.id, user_id), isNull(users.mfa_enabled_at)))
      .returning({ id: users.id });
    if (set.length === 0)
      throw new AppError(
        "conflict",
        "This account has a second factor already: POST /api/v1/auth/mfa/disable first, to set up another.",
      );
    await recordAudit(tx, ctx, { action: "user.mfa_set_up", target: { type: "user", id: user_id } });
  });
  const otpauth_url = totpUri(email, secret);
  return { secret, otpauth_url, ...drawQr(otpauth_url) };
}
