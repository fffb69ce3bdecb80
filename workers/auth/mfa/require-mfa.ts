import type { UserActor } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** Throws `conflict` for who has no second factor, and so can prove none. */
export function requireMfa({ mfa_enabled }: UserActor): void {
  if (mfa_enabled) return;
  throw new AppError(
    "conflict",
    "This account has no second factor: set one up with POST /api/v1/auth/mfa/setup.",
  );
}
