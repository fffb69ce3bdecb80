import { and, eq, sql } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { accessChanged, bumpAccess } from "../../../shared/auth/access-changed.ts";
import type { AccountAccess } from "../../../shared/contracts/accounts.ts";
import { group_members, users } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { lockAccounts, readTarget } from "../access/lock-accounts.ts";
import { mayChange, mayGrant } from "../access/rules.ts";
import type { GroupCtx } from "./create-group.ts";
import { lockGroup } from "./group-row.ts";
import type { Member } from "./schema.ts";

/** Locks group and accounts, and makes sure that who acts holds what the group grants and what the account holds. */
async function change<T>(
  ctx: GroupCtx & Answers<T>,
  group_id: string,
  user_id: string,
  action: string,
  apply: (tx: Tx, target: AccountAccess) => Promise<T>,
): Promise<T> {
  const done = await ctx.transact(async (tx) => {
    const group = await lockGroup(tx, group_id);
    const acting = await lockAccounts(tx, ctx, "groups:write", sql`u.id = ${user_id}`);
    mayGrant(acting, "This group", group.permissions);
    const target = await readTarget(tx, user_id);
    mayChange(acting, target);
    const applied = await apply(tx, target);
    await bumpAccess(tx, user_id);
    await recordAudit(tx, ctx, { action, target: { type: "group", id: group_id }, after: { user_id } });
    await ctx.keepAnswer?.(tx, applied);
    return applied;
  });
  await accessChanged(ctx, user_id);
  return done;
}

/** Throws `conflict` for who is a member already. */
export async function addMember(
  ctx: GroupCtx & Answers<Member>,
  group_id: string,
  user_id: string,
): Promise<Member> {
  return change(ctx, group_id, user_id, "group.member_added", async (tx, { email }) => {
    const added_at = isoTime(ctx.now());
    const added = await tx
      .insert(group_members)
      .values({ group_id, user_id, added_at })
      .onConflictDoNothing()
      .returning({ user_id: group_members.user_id });
    if (added.length === 0)
      throw new AppError("conflict", `The account ${user_id} is in this group already.`);
    const [user] = await tx.select({ name: users.name }).from(users).where(eq(users.id, user_id));
    return { user_id, email, name: user?.name ?? null, added_at };
  });
}

/** Throws `not_found` for who is no member. */
export async function removeMember(ctx: GroupCtx, group_id: string, user_id: string): Promise<void> {
  await change(ctx, group_id, user_id, "group.member_removed", async (tx) => {
    const removed = await tx
      .delete(group_members)
      .where(and(eq(group_members.group_id, group_id), eq(group_members.user_id, user_id)))
      .returning({ user_id: group_members.user_id });
    if (removed.length === 0) throw new AppError("not_found", `The account ${user_id} is not in this group.`);
  });
}
