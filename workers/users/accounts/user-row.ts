import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { Plan, Role, UserStatus } from "../../../shared/contracts/access.ts";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { type Reader, readRows } from "../../../shared/db/rows.ts";
import { userNotFound } from "../access/lock-accounts.ts";
import type { User } from "./schema.ts";

/** The columns of a user as it is shown, of `u`. */
export const USER_COLUMNS: SQL = sql.raw(`u.id, u.email, u.name, u.role, u.plan, u.status, u.invited_by,
  u.must_change_password, u.revision, u.email_verified_at is not null as email_verified,
  u.mfa_enabled_at is not null as mfa_enabled, u.last_login_at, u.created_at, u.updated_at,
  coalesce((
    select jsonb_agg(jsonb_build_object('id', g.id, 'name', g.name) order by g.name_key)
    from group_members m join groups g on g.id = m.group_id where m.user_id = u.id
  ), '[]'::jsonb) as groups`);

export const UserRow = z.object({
  id: z.string(),
  email: z.string(),
  name: z.string().nullable(),
  role: Role,
  plan: Plan,
  status: UserStatus,
  groups: z.array(z.object({ id: z.string(), name: z.string() })),
  email_verified: z.boolean(),
  mfa_enabled: z.boolean(),
  must_change_password: z.boolean(),
  invited_by: z.string().nullable(),
  last_login_at: TimeColumn.nullable(),
  created_at: TimeColumn,
  updated_at: TimeColumn,
  revision: z.number(),
});

/** One account. Throws `not_found`. */
export async function readUser(db: Reader, id: string): Promise<User> {
  const [row] = await readRows(db, sql`select ${USER_COLUMNS} from users u where u.id = ${id}`, UserRow);
  if (row === undefined) throw userNotFound(id);
  return row;
}
