import { eq } from "drizzle-orm";
import { voidEmailTokens } from "../../../shared/auth/email-tokens.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { type ChangeCtx, changeAccount } from "./change-account.ts";
import type { User } from "./schema.ts";

/** Ends every session of an account, and the links of its mails; its API keys go on. */
export async function forceLogout(ctx: ChangeCtx, id: string): Promise<User> {
  return changeAccount(ctx, id, "users:write", () => ({
    action: "user.logged_out",
    bump: true,
    end_sessions: "revoked_by_admin",
  }));
}

/**
 * Lets the account do nothing but change its password, from now on, and voids the links of its mails. Nobody else learns
 * or sets a password (ASVS 6.4.6).
 */
export async function forcePasswordChange(ctx: ChangeCtx, id: string): Promise<User> {
  return changeAccount(ctx, id, "users:write", async ({ tx, user }) => {
    const [stored] = await tx
      .select({ password_hash: users.password_hash })
      .from(users)
      .where(eq(users.id, id));
    if (stored?.password_hash == null)
      throw new AppError("conflict", "This account has no password yet: send the invitation again.");
    await voidEmailTokens(tx, ctx, id);
    return {
      action: "user.password_change_forced",
      before: { must_change_password: user.must_change_password },
      after: { must_change_password: true },
      set: { must_change_password: true },
    };
  });
}
