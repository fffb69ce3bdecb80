import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { redeemEmailToken } from "../../../shared/auth/email-tokens.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { confirmEmailChange } from "./confirm-email-change.ts";
import { linkIsVoid } from "./link-is-void.ts";
import type { VerifiedAnswer } from "./schema.ts";

/** Activates the account whose address a token proves; `false` where it is no such token. */
async function activate(ctx: Ctx, token: string): Promise<boolean> {
  const user_id = await ctx.transact(async (tx) => {
    const proved = await redeemEmailToken(tx, ctx, "verify", token);
    if (proved === null) return null;
    const [user] = await tx.select().from(users).where(eq(users.id, proved.user_id)).for("update");
    if (user === undefined || user.email_key !== emailKey(proved.email)) return null;
    const at = isoTime(ctx.now());
    // An account that was suspended meanwhile stays so.
    const status = user.status === "pending" ? "active" : user.status;
    await tx
      .update(users)
      .set({ status, email_verified_at: at, updated_at: at, revision: user.revision + 1 })
      .where(eq(users.id, user.id));
    await recordAudit(tx, ctx, {
      action: "user.email_verified",
      target: { type: "user", id: user.id },
      actor: { type: "user", id: user.id },
      before: { status: user.status },
      after: { status },
    });
    return user.id;
  });
  if (user_id !== null) await accessChanged(ctx, user_id);
  return user_id !== null;
}

/**
 * Uses the token of a mail that proves an address: of a new account, which is active then, or a new one of an account.
 * @throws `invalid_request` for a token that is not good, `conflict` where the new address belongs to somebody by now.
 */
export async function verifyEmail(ctx: Ctx, token: string): Promise<VerifiedAnswer> {
  if (await activate(ctx, token)) return { status: "verified" };
  if (await confirmEmailChange(ctx, token)) return { status: "email_changed" };
  throw linkIsVoid();
}
