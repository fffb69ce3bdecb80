import { and, eq } from "drizzle-orm";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { describeError } from "../../../shared/platform/errors.ts";

/**
 * Puts a hash of today's cost in the place of a weaker or foreign one, while the password is at hand. A log-in does not
 * fail over it: the next one tries again.
 */
export async function upgradeHash(
  ctx: Pick<Ctx, "db" | "config" | "log">,
  user: { id: string; password_hash: string | null },
  password: string,
): Promise<void> {
  if (user.password_hash === null) return;
  try {
    const password_hash = await hashPassword(ctx.config, password);
    await ctx.db
      .update(users)
      .set({ password_hash })
      .where(and(eq(users.id, user.id), eq(users.password_hash, user.password_hash)));
  } catch (error) {
    ctx.log.warn("a password hash could not be upgraded", { user_id: user.id, error: describeError(error) });
  }
}
