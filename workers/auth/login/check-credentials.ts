import { accountGuardName } from "../../../shared/auth/login/guard-names.ts";
import { verifyPassword } from "../../../shared/auth/password/verify-password.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { beginAttempt, type LoginAttempt } from "./begin-attempt.ts";
import type { FoundAccount } from "./find-account.ts";

/** One answer to everything that is wrong, so that it tells nothing (ASVS 6.3.8). */
export function wrongCredentials(): AppError {
  return new AppError("unauthorized", "The e-mail address, the password or the code is wrong.");
}

export interface CheckedCredentials {
  attempt: LoginAttempt;
  /** `null` for whatever is wrong. */
  account: FoundAccount | null;
  /** The stored hash is weaker than those of today. */
  rehash: boolean;
}

/**
 * Checks a password against the account that was found for an address, or against nothing, which takes as long.
 * @throws `locked`, `rate_limited`, or `unavailable` where too many passwords are being checked.
 */
export async function checkCredentials(
  ctx: Ctx,
  email_key: string,
  found: FoundAccount | null,
  password: string,
): Promise<CheckedCredentials> {
  const attempt = await beginAttempt(ctx, email_key, found?.device_id ?? null);
  try {
    const verified = await verifyPassword(ctx.config, password, found?.password_hash ?? null);
    if (verified.problem !== undefined)
      ctx.log.error("a stored password hash cannot be used", {
        user_id: found?.id,
        problem: verified.problem,
      });
    return { attempt, account: verified.ok ? found : null, rehash: verified.rehash };
  } catch (error) {
    // Nobody looked at the password.
    await attempt.takeBack();
    throw error;
  }
}

/** Forgets the failures of others at the account, once somebody on a new device has logged in to it. */
export async function forgiveAccount(ctx: Pick<Ctx, "gates">, email_key: string): Promise<void> {
  await ctx.gates.login(await accountGuardName(email_key)).reset();
}
