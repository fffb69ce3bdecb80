import { RolePermissions } from "../../../shared/contracts/access.ts";
import { type ExpectedTags, expectRevision } from "../../../shared/platform/http/if-match.ts";
import { requireRoleChange } from "../access/role-change.ts";
import { keepASuperAdmin, mayGrant, notOneself } from "../access/rules.ts";
import { type ChangeCtx, changeAccount, type Facts } from "./change-account.ts";
import type { ChangeUserRequest, User } from "./schema.ts";

async function mayTakeRole({ tx, acting, target }: Facts, role: User["role"]): Promise<void> {
  if (role === target.role) return;
  notOneself(acting, target, "change the role of");
  mayGrant(acting, `The role "${role}"`, RolePermissions[role]);
  await keepASuperAdmin(tx, target);
}

/** Changes name, role or plan. Role and plan need `users:roles` and a fresh second factor. */
export async function changeUser(
  ctx: ChangeCtx,
  id: string,
  wanted: ChangeUserRequest,
  expected: ExpectedTags,
): Promise<User> {
  const privileged = wanted.role !== undefined || wanted.plan !== undefined;
  if (privileged) requireRoleChange(ctx);
  return changeAccount(ctx, id, privileged ? "users:roles" : "users:write", async (facts) => {
    const { user } = facts;
    expectRevision(expected, user);
    const { name = user.name, role = user.role, plan = user.plan } = wanted;
    await mayTakeRole(facts, role);
    const entitled = role !== user.role || plan !== user.plan;
    return {
      action: role === user.role ? "user.changed" : "user.role_changed",
      before: { name: user.name, role: user.role, plan: user.plan },
      after: { name, role, plan },
      set: { name, role, plan },
      bump: entitled,
    };
  });
}
