import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { Permission, Plan, Role, RolePermissions, UserStatus } from "../../contracts/access.ts";
import type { AccountAccess } from "../../contracts/accounts.ts";
import { type Reader, readRows } from "../../db/rows.ts";

const AccessRow = z.object({
  user_id: z.string(),
  email: z.string(),
  role: Role,
  plan: Plan,
  status: UserStatus,
  version: z.number(),
  of_groups: z.array(z.string()),
  mfa_enabled: z.boolean(),
  must_change_password: z.boolean(),
});

/** Role and groups together, sorted. What a group holds of a permission that exists no more counts for nothing. */
export function effectivePermissions(role: Role, ofGroups: Iterable<string>): Permission[] {
  const held = new Set<string>([...RolePermissions[role], ...ofGroups]);
  return Permission.options.filter((permission) => held.has(permission)).sort();
}

/** What the groups of an account `u` add to its role, as a JSON list. */
export const OF_GROUPS: SQL = sql`coalesce((
  select jsonb_agg(distinct held.permission)
  from group_members m join groups g on g.id = m.group_id, unnest(g.permissions) as held(permission)
  where m.user_id = u.id
), '[]'::jsonb)`;

const COLUMNS: SQL = sql`u.id as user_id, u.email, u.role, u.plan, u.status, u.access_version as version,
  u.mfa_enabled_at is not null as mfa_enabled, u.must_change_password, ${OF_GROUPS} as of_groups`;

function toAccess({ of_groups, ...account }: z.infer<typeof AccessRow>): AccountAccess {
  return { ...account, permissions: effectivePermissions(account.role, of_groups) };
}

/** The same of many accounts, by their ids, in one statement; who does not exist is left out. */
export async function readAccesses(
  db: Reader,
  user_ids: readonly string[],
): Promise<ReadonlyMap<string, AccountAccess>> {
  const rows = await readRows(
    db,
    sql`select ${COLUMNS} from users u where u.id = any(${sql.param([...user_ids])}::text[])`,
    AccessRow,
  );
  return new Map(rows.map((row) => [row.user_id, toAccess(row)]));
}

/**
 * What an account may do now, as Postgres has it; `null` where there is none. The one place that says so: gates keep
 * its answer, nobody works it out anew. Whoever asks must look at `status`.
 * @param db a transaction sees what it wrote itself.
 */
export async function readAccess(db: Reader, user_id: string): Promise<AccountAccess | null> {
  const [row] = await readRows(db, sql`select ${COLUMNS} from users u where u.id = ${user_id}`, AccessRow);
  return row === undefined ? null : toAccess(row);
}
