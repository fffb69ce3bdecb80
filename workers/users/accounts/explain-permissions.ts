import { sql } from "drizzle-orm";
import { z } from "zod";
import { effectivePermissions } from "../../../shared/auth/permissions/read-access.ts";
import { PermissionMeanings, Role, RolePermissions } from "../../../shared/contracts/access.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { requirePermission } from "../../../shared/platform/http/authorise.ts";
import { userNotFound } from "../access/lock-accounts.ts";
import type { UserPermissions } from "./schema.ts";

const Grants = z.object({
  role: Role,
  groups: z.array(z.object({ id: z.string(), name: z.string(), permissions: z.array(z.string()) })),
});

/** Which grant gives what. Everybody may ask it of themselves; of others, who may read accounts. */
export async function explainPermissions(
  ctx: Pick<Ctx, "db" | "actor">,
  user_id: string,
): Promise<UserPermissions> {
  const me = userOf(ctx);
  if (me.user_id !== user_id) requirePermission(me, "users:read");
  const [grants] = await readRows(
    ctx.db,
    sql`select u.role, coalesce((
          select jsonb_agg(
            jsonb_build_object('id', g.id, 'name', g.name, 'permissions', g.permissions) order by g.name_key)
          from group_members m join groups g on g.id = m.group_id where m.user_id = u.id
        ), '[]'::jsonb) as groups
      from users u where u.id = ${user_id}`,
    Grants,
  );
  if (grants === undefined) throw userNotFound(user_id);
  const { role, groups } = grants;
  const held = effectivePermissions(
    role,
    groups.flatMap((group) => group.permissions),
  );
  return {
    user_id,
    role,
    groups: groups.map(({ id, name }) => ({ id, name })),
    permissions: held.map((permission) => ({
      permission,
      meaning: PermissionMeanings[permission],
      sources: [
        ...(RolePermissions[role].includes(permission) ? [{ type: "role" as const, role }] : []),
        ...groups
          .filter((group) => group.permissions.includes(permission))
          .map(({ id, name }) => ({ type: "group" as const, id, name })),
      ],
    })),
  };
}
