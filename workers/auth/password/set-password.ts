import { eq } from "drizzle-orm";
import { voidEmailTokens } from "../../../shared/auth/email-tokens.ts";
import { rememberPassword } from "../../../shared/auth/password/password-history.ts";
import { mfa_challenges, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";

/** Gives an account a new password. Whatever began with the one before ends: half-made log-ins, and links of mails. */
export async function setPassword(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "config">,
  user_id: string,
  password_hash: string,
): Promise<void> {
  const at = isoTime(ctx.now());
  await tx
    .update(users)
    .set({ password_hash, password_changed_at: at, must_change_password: false, updated_at: at })
    .where(eq(users.id, user_id));
  await rememberPassword(tx, ctx, { user_id, password_hash });
  await tx.delete(mfa_challenges).where(eq(mfa_challenges.user_id, user_id));
  await voidEmailTokens(tx, ctx, user_id);
}
