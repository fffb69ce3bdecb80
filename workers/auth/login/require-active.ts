import type { UserStatus } from "../../../shared/contracts/access.ts";
import { AppError, type ErrorCode } from "../../../shared/platform/errors.ts";

const REFUSALS: Readonly<Record<Exclude<UserStatus, "active">, [code: ErrorCode, message: string]>> = {
  pending: [
    "email_not_verified",
    "The address is not verified yet: use the link in the mail, or ask for another with POST /api/v1/auth/verify-email/resend.",
  ],
  inactive: ["forbidden", "This account is inactive. An administrator can activate it."],
  suspended: ["forbidden", "This account is suspended. Ask an administrator of this deployment."],
  locked: ["locked", "An administrator has locked this account, and must unlock it."],
};

/** Throws what is wrong with an account that may not log in. Only for who has proved that it is theirs. */
export function requireActive(status: UserStatus): void {
  if (status === "active") return;
  const [code, message] = REFUSALS[status];
  throw new AppError(code, message);
}
