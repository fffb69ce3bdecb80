import { resumeRules } from "../../../shared/alerts/resume-rules.ts";
import { emailKey } from "../../../shared/auth/email-key.ts";
import { accountGuardName } from "../../../shared/auth/login/guard-names.ts";
import type { UserStatus } from "../../../shared/contracts/access.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { keepASuperAdmin, notOneself } from "../access/rules.ts";
import { type ChangeCtx, changeAccount } from "./change-account.ts";
import type { User } from "./schema.ts";

function refuse(user: User, verb: string): AppError {
  return new AppError("conflict", `This account is ${user.status}: there is nothing to ${verb}.`);
}

/** Takes all access away: sessions end, keys and links that were sent are good no more. */
async function close(
  ctx: ChangeCtx,
  id: string,
  { status, action, verb }: { status: UserStatus; action: string; verb: string },
): Promise<User> {
  return changeAccount(ctx, id, "users:write", async ({ tx, acting, target, user }) => {
    notOneself(acting, target, verb);
    if (user.status === status) throw refuse(user, verb);
    await keepASuperAdmin(tx, target);
    return {
      action,
      before: { status: user.status },
      after: { status },
      set: { status },
      bump: true,
      end_sessions: "account_changed",
    };
  });
}

/** Against misuse: nothing works until somebody with `users:write` activates the account again. */
export async function suspendUser(ctx: ChangeCtx, id: string): Promise<User> {
  return close(ctx, id, { status: "suspended", action: "user.suspended", verb: "suspend" });
}

/** Puts an account away that is not needed any more; what it did stays. */
export async function deactivateUser(ctx: ChangeCtx, id: string): Promise<User> {
  return close(ctx, id, { status: "inactive", action: "user.deactivated", verb: "deactivate" });
}

/** Opens a suspended or inactive account again; whose address was never verified must still do that. */
export async function activateUser(ctx: ChangeCtx, id: string): Promise<User> {
  return changeAccount(ctx, id, "users:write", async ({ tx, user }) => {
    if (user.status !== "suspended" && user.status !== "inactive") throw refuse(user, "activate");
    const status = user.email_verified ? ("active" as const) : ("pending" as const);
    await resumeRules(tx, id, ctx.now());
    return {
      action: "user.activated",
      before: { status: user.status },
      after: { status },
      set: { status },
      bump: true,
    };
  });
}

/** Ends a lock, and forgets the failures that made or may make one. */
export async function unlockUser(ctx: ChangeCtx, id: string): Promise<User> {
  const unlocked = await changeAccount(ctx, id, "users:write", ({ user }) => {
    if (user.status !== "locked" && user.status !== "active") throw refuse(user, "unlock");
    const status = "active" as const;
    return {
      action: "user.unlocked",
      before: { status: user.status },
      after: { status },
      ...(user.status === "locked" && { set: { status }, bump: true }),
    };
  });
  const guards = [await accountGuardName(emailKey(unlocked.email)), `mfa:${id}`, `password:${id}`];
  await Promise.all(guards.map((name) => ctx.gates.login(name).reset()));
  return unlocked;
}
