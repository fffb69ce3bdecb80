import { asc, inArray } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { createUser } from "../../../shared/auth/create-user.ts";
import { RolePermissions } from "../../../shared/contracts/access.ts";
import { group_members, groups } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { sendMailSoon } from "../../../shared/mail/send-mail-soon.ts";
import type { Answers } from "../../../shared/platform/answers.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { requirePermission } from "../../../shared/platform/http/authorise.ts";
import { lockAccounts } from "../access/lock-accounts.ts";
import { requireRoleChange } from "../access/role-change.ts";
import { mayGrant } from "../access/rules.ts";
import type { InviteRequest, User } from "./schema.ts";
import { readUser } from "./user-row.ts";
import { type InviteCtx, writeInvitation } from "./write-invitation.ts";

type GroupRow = typeof groups.$inferSelect;

/** Locked in one order, and before any account: so do all changes of groups. */
async function lockGroups(tx: Tx, ids: readonly string[]): Promise<GroupRow[]> {
  if (ids.length === 0) return [];
  const found = await tx
    .select()
    .from(groups)
    .where(inArray(groups.id, [...ids]))
    .orderBy(asc(groups.id))
    .for("update");
  const known = new Set(found.map((group) => group.id));
  const unknown = ids.find((id) => !known.has(id));
  if (unknown === undefined) return found;
  const message = `there is no group ${unknown}`;
  throw new AppError("invalid_request", `The invitation cannot be sent: ${message}.`, {
    details: [{ pointer: "/groups", message }],
  });
}

/**
 * Makes an account for somebody and invites them by mail to choose a password. Another role or plan than the usual
 * ones asks for what changing them asks for.
 * @throws `conflict` where the address has an account.
 */
export async function inviteUser(ctx: InviteCtx & Answers<User>, wanted: InviteRequest): Promise<User> {
  const { email, name = null, groups: ids = [] } = wanted;
  const { role = ctx.config.DEFAULT_ROLE, plan = "free" } = wanted;
  if (role !== ctx.config.DEFAULT_ROLE || plan !== "free") requireRoleChange(ctx);
  if (ids.length > 0) requirePermission(ctx.actor, "groups:write");
  const { user, mail } = await ctx.transact(async (tx) => {
    const joined = await lockGroups(tx, [...new Set(ids)]);
    const acting = await lockAccounts(tx, ctx, "users:write");
    mayGrant(acting, `The role "${role}"`, RolePermissions[role]);
    for (const group of joined) mayGrant(acting, `The group "${group.name}"`, group.permissions);
    const { id } = await createUser(tx, ctx, {
      email,
      name,
      role,
      plan,
      status: "pending",
      password_hash: null,
      email_verified: false,
      invited_by: acting.user_id,
    });
    if (joined.length > 0)
      await tx
        .insert(group_members)
        .values(joined.map((group) => ({ group_id: group.id, user_id: id, added_at: isoTime(ctx.now()) })));
    const mail = await writeInvitation(tx, ctx, { id, email, name }, acting);
    const user = await readUser(tx, id);
    await recordAudit(tx, ctx, {
      action: "user.invited",
      target: { type: "user", id },
      after: { role, plan, status: user.status, groups: joined.map((group) => group.id) },
    });
    await ctx.keepAnswer?.(tx, user);
    return { user, mail };
  });
  sendMailSoon(ctx, mail);
  return user;
}
