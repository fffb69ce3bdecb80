import { and, eq, isNull, lt, or } from "drizzle-orm";
import { users } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { matchTotp } from "./totp.ts";

/** What the secret of an account's authenticator is sealed for. */
export function mfaPurpose(user_id: string): string {
  return `mfa_secret:${user_id}`;
}

/**
 * Accepts a TOTP code once, ever (RFC 6238, 5.2; ASVS 6.5.1): the statement that stores its step is the one that
 * decides, so of two requests with the same code one is refused.
 * @param sealed the account's secret as it was read; a code of one that was replaced meanwhile is refused.
 */
export async function takeStep(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "seal">,
  user_id: string,
  sealed: string,
  code: string,
): Promise<boolean> {
  const step = matchTotp(await ctx.seal.open(mfaPurpose(user_id), sealed), code, ctx.now());
  if (step === null) return false;
  const taken = await tx
    .update(users)
    .set({ mfa_last_step: step })
    .where(
      and(
        eq(users.id, user_id),
        eq(users.mfa_secret, sealed),
        or(isNull(users.mfa_last_step), lt(users.mfa_last_step, step)),
      ),
    )
    .returning({ id: users.id });
  return taken.length === 1;
}
