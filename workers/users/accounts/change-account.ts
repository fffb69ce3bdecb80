import { eq, sql } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged, bumpAccess } from "../../../shared/auth/access-changed.ts";
import { type EndReason, endSessions } from "../../../shared/auth/sessions/end-sessions.ts";
import type { Permission } from "../../../shared/contracts/access.ts";
import type { AccountAccess } from "../../../shared/contracts/accounts.ts";
import { users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { deliverNotificationsSoon } from "../../../shared/notifications/deliver-soon.ts";
import { notify } from "../../../shared/notifications/notify.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { type Acting, lockAccounts, readTarget } from "../access/lock-accounts.ts";
import { mayChange, SUPER_ADMINS } from "../access/rules.ts";
import type { User } from "./schema.ts";
import { readUser } from "./user-row.ts";

export type ChangeCtx = Pick<
  Ctx,
  | "db"
  | "transact"
  | "actor"
  | "client"
  | "now"
  | "trace"
  | "gates"
  | "config"
  | "rooms"
  | "queue"
  | "later"
  | "log"
>;

/** What a change is decided by; all of it is locked until the commit. */
export interface Facts {
  tx: Tx;
  acting: Acting;
  target: AccountAccess;
  user: User;
}

export interface AccountChange {
  /** For the audit log, such as `user.suspended`. */
  action: string;
  before?: Record<string, unknown>;
  after?: Record<string, unknown>;
  /** The columns that change; the revision grows with them. */
  set?: Partial<
    Pick<typeof users.$inferInsert, "name" | "role" | "plan" | "status" | "must_change_password">
  >;
  /** Access tokens must be refreshed. */
  bump?: boolean;
  /** Every session ends. */
  end_sessions?: EndReason;
}

/** What an account may do was changed by somebody else: its role or plan, or that it is open again. */
async function tellOfAccess(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  user_id: string,
  { set = {} }: AccountChange,
): Promise<string | null> {
  const says = [
    ...(set.role === undefined ? [] : [`Your role is ${set.role} now.`]),
    ...(set.plan === undefined ? [] : [`Your plan is ${set.plan} now.`]),
    ...(set.status === "active" ? ["Your account is active again."] : []),
  ];
  if (says.length === 0) return null;
  return notify(tx, ctx, {
    user_id,
    ...{ kind: "account.access_changed", level: "info", title: "What your account may do was changed" },
    body: says.join(" "),
    cause: `account.access_changed:${isoTime(ctx.now())}`,
  });
}

/**
 * One change of one account: locks who takes part, asks `decide`, which throws where it may not be, and writes it with
 * its audit row. When this returns, the new state holds everywhere.
 * @throws `not_found`, and `forbidden` for an account that may do more than who acts.
 */
export async function changeAccount(
  ctx: ChangeCtx,
  id: string,
  needs: Permission,
  decide: (facts: Facts) => AccountChange | Promise<AccountChange>,
): Promise<User> {
  const changed = await ctx.transact(async (tx) => {
    const acting = await lockAccounts(tx, ctx, needs, sql`u.id = ${id} or ${SUPER_ADMINS}`);
    const target = await readTarget(tx, id);
    mayChange(acting, target);
    const change = await decide({ tx, acting, target, user: await readUser(tx, id) });
    if (change.set !== undefined)
      await tx
        .update(users)
        .set({ ...change.set, revision: sql`${users.revision} + 1`, updated_at: isoTime(ctx.now()) })
        .where(eq(users.id, id));
    const ended = change.end_sessions !== undefined && {
      sessions_ended: await endSessions(tx, ctx, { user_id: id, reason: change.end_sessions }),
    };
    if (change.bump) await bumpAccess(tx, id);
    const user = await readUser(tx, id);
    const told = await tellOfAccess(tx, ctx, id, change);
    await recordAudit(tx, ctx, {
      action: change.action,
      target: { type: "user", id },
      ...(change.before && { before: change.before }),
      ...((change.after || ended) && { after: { ...change.after, ...ended } }),
    });
    return { user, told };
  });
  await accessChanged(ctx, id);
  if (changed.told !== null) deliverNotificationsSoon(ctx, [changed.told]);
  return changed.user;
}
