import { and, eq, isNotNull } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { recoveryCodeSet, replaceRecoveryCodes } from "../../../shared/auth/mfa/recovery-codes.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { requireMfa } from "./require-mfa.ts";

/**
 * Ten new recovery codes; the ones before are void.
 * @throws `conflict` where others were made since this was asked for: whoever sees codes must see the ones that work.
 */
export async function makeRecoveryCodes(ctx: Ctx): Promise<string[]> {
  const me = userOf(ctx);
  requireMfa(me);
  const before = await recoveryCodeSet(ctx.db, me.user_id);
  return ctx.transact(async (tx) => {
    // Locked, so that a factor which is removed at the same moment leaves no codes behind.
    const [user] = await tx
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, me.user_id), isNotNull(users.mfa_enabled_at)))
      .for("update");
    requireMfa({ ...me, mfa_enabled: user !== undefined });
    if ((await recoveryCodeSet(tx, me.user_id)) !== before)
      throw new AppError(
        "conflict",
        "Recovery codes were made by another request at the same moment: keep those, or make new ones.",
      );
    const codes = await replaceRecoveryCodes(tx, me.user_id);
    await recordAudit(tx, ctx, {
      action: "user.recovery_codes_replaced",
      target: { type: "user", id: me.user_id },
    });
    return codes;
  });
}
