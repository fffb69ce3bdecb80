import { gt, isNotNull, isNull, or } from "drizzle-orm";
import { recordAudit } from "../../shared/audit/record-audit.ts";
import { signing_keys, users } from "../../shared/db/schema/index.ts";
import type { Tx } from "../../shared/db/transaction.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";

export interface Forgotten {
  signing_keys: number;
  second_factors: number;
}

/**
 * Lets a deployment go on whose master key is lost: keys that can sign no more retire, so that the next log-in makes one,
 * and second factors that cannot be checked are taken off accounts, which must then choose another password.
 */
export async function forgetSealed(
  tx: Tx,
  ctx: Pick<Ctx, "now" | "actor" | "client" | "trace">,
): Promise<Forgotten> {
  const at = isoTime(ctx.now());
  const retired = await tx
    .update(signing_keys)
    .set({ retires_at: at })
    .where(or(isNull(signing_keys.retires_at), gt(signing_keys.retires_at, at)))
    .returning({ kid: signing_keys.kid });
  const freed = await tx
    .update(users)
    .set({ mfa_secret: null, mfa_enabled_at: null, must_change_password: true })
    .where(isNotNull(users.mfa_secret))
    .returning({ id: users.id });
  const forgotten = { signing_keys: retired.length, second_factors: freed.length };
  await recordAudit(tx, ctx, {
    action: "secrets.forgotten",
    target: { type: "deployment", id: "master_key" },
    after: { ...forgotten },
  });
  return forgotten;
}
