import { removeFactor } from "../../../shared/auth/mfa/remove-factor.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import { type Told, tellAccount, toldSoon } from "../../../shared/notifications/tell-account.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { notOneself } from "../access/rules.ts";
import { type ChangeCtx, changeAccount } from "./change-account.ts";
import type { User } from "./schema.ts";

type ResetCtx = ChangeCtx & Pick<Ctx, "seal" | "rooms" | "queue" | "deliveries" | "trace" | "later" | "log">;

/**
 * Takes away a second factor that its owner has lost, with its recovery codes, and ends every session. The password
 * still opens a session, in which another must be chosen first; nobody else learns or sets one (ASVS 6.4.6).
 * @throws `conflict` where there is none, `forbidden` for oneself or an account that may do more than who acts.
 */
export async function resetMfa(ctx: ResetCtx, id: string): Promise<User> {
  const mails: string[] = [];
  const told: Told[] = [];
  const user = await changeAccount(ctx, id, "users:write", async ({ tx, acting, target, user }) => {
    notOneself(acting, target, "reset the second factor of");
    if (!user.mfa_enabled)
      throw new AppError("conflict", "This account has no second factor: there is nothing to reset.");
    mails.push(await removeFactor(tx, ctx, user, { by_admin: true }));
    told.push(await tellAccount(tx, ctx, "user.mfa_disabled", { user_id: id, ip: null }));
    return {
      action: "user.mfa_reset",
      before: { mfa_enabled: true },
      after: { mfa_enabled: false },
      // A short password is good only beside a second factor, so another must be chosen.
      set: { must_change_password: true },
      bump: true,
      end_sessions: "mfa_changed",
    };
  });
  // Wrong codes were guesses at what is gone; they must not hold up setting up another.
  await ctx.gates.login(`mfa:${id}`).reset();
  sendMailSoon(ctx, ...mails);
  for (const each of told) toldSoon(ctx, each);
  return user;
}
