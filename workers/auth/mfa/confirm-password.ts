import { eq } from "drizzle-orm";
import { refuseAttempt } from "../../../shared/auth/login/refuse-attempt.ts";
import { verifyPassword } from "../../../shared/auth/password/verify-password.ts";
import type { LoginLimits } from "../../../shared/contracts/accounts.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** Counted by account and apart from log-ins: whoever holds a stolen session must not lock its owner out. */
const LIMITS: LoginLimits = { free: 5, base_ms: 30_000, max_ms: 3_600_000, forget_after_ms: 24 * 3_600_000 };

/** Whether the password is that of the account. A slow hash: outside of any transaction. */
async function isPasswordOf(
  ctx: Pick<Ctx, "db" | "config">,
  user_id: string,
  password: string,
): Promise<boolean> {
  const [user] = await ctx.db
    .select({ password_hash: users.password_hash })
    .from(users)
    .where(eq(users.id, user_id));
  return (await verifyPassword(ctx.config, password, user?.password_hash ?? null)).ok;
}

/**
 * Makes sure that whoever holds the session also knows the password (ASVS 7.5.1).
 * @throws `locked` after too many wrong ones, `invalid_request` for a wrong one, `unavailable` where too many are being
 * checked, which counts as none.
 */
export async function confirmPassword(
  ctx: Pick<Ctx, "db" | "gates" | "config">,
  user_id: string,
  password: string,
): Promise<void> {
  const guard = ctx.gates.login(`password:${user_id}`);
  const verdict = await guard.attempt(LIMITS);
  if (!verdict.allowed)
    throw refuseAttempt(verdict, "locked", () => "Too many wrong passwords were sent. Wait, then try again.");
  let ok: boolean;
  try {
    ok = await isPasswordOf(ctx, user_id, password);
  } catch (error) {
    // Nobody looked at the password.
    await guard.succeeded();
    throw error;
  }
  if (ok) return guard.succeeded();
  await guard.failed();
  throw new AppError("invalid_request", "The current password is wrong.", {
    details: [{ pointer: "/current_password", message: "is wrong" }],
  });
}
