import { eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged } from "../../../shared/auth/access-changed.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { findEmailToken, redeemEmailToken } from "../../../shared/auth/email-tokens.ts";
import { hashPassword } from "../../../shared/auth/password/hash-password.ts";
import { users } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { countRequest } from "../mail-turn.ts";
import { judgeNewPassword } from "../password/judge-new-password.ts";
import { setPassword } from "../password/set-password.ts";
import { linkIsVoid } from "./link-is-void.ts";
import type { AcceptInviteRequest } from "./schema.ts";

/**
 * Gives an invited account its password and makes it active. The mail proves the address. Whoever accepts logs in
 * afterwards, as everybody does.
 * @throws `invalid_request` for a token that is not good, or a weak password, which leaves the token as it is.
 */
export async function acceptInvite(ctx: Ctx, given: AcceptInviteRequest): Promise<void> {
  await countRequest(ctx, "register");
  const invited = await findEmailToken(ctx, "invite", given.token);
  if (invited === null) throw linkIsVoid();
  const [known] = await ctx.db.select({ name: users.name }).from(users).where(eq(users.id, invited.user_id));
  const name = given.name ?? known?.name ?? null;
  await judgeNewPassword(ctx, { email: invited.email, name, mfa_enabled: false }, given.password);
  const password_hash = await hashPassword(ctx.config, given.password);
  await ctx.transact(async (tx) => {
    const proved = await redeemEmailToken(tx, ctx, "invite", given.token);
    if (proved === null) throw linkIsVoid();
    const [user] = await tx.select().from(users).where(eq(users.id, proved.user_id)).for("update");
    if (user === undefined || user.status !== "pending" || user.email_key !== emailKey(proved.email))
      throw linkIsVoid();
    await setPassword(tx, ctx, user.id, password_hash);
    await tx
      .update(users)
      .set({ name, status: "active", email_verified_at: isoTime(ctx.now()), revision: user.revision + 1 })
      .where(eq(users.id, user.id));
    await recordAudit(tx, ctx, {
      action: "user.invite_accepted",
      target: { type: "user", id: user.id },
      actor: { type: "user", id: user.id },
      before: { status: user.status },
      after: { status: "active" },
    });
  });
  await accessChanged(ctx, invited.user_id);
}
