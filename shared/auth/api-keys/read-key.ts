import { eq } from "drizzle-orm";
import { z } from "zod";
import { Permission, Plan, Role, UserStatus } from "../../contracts/access.ts";
import type { AccountAccess } from "../../contracts/accounts.ts";
import type { Db } from "../../db/client.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { api_keys } from "../../db/schema/index.ts";
import { readAccess } from "../permissions/read-access.ts";

/** A key and what its owner may do, as Postgres has it; a gate keeps it as JSON. `expires_at` in ms since 1970. */
export const KeyStanding = z.object({
  id: z.string(),
  scopes: z.array(Permission),
  requests_per_minute: z.number(),
  expires_at: z.number().nullable(),
  revoked: z.boolean(),
  owner: z.object({
    user_id: z.string(),
    email: z.string(),
    role: Role,
    plan: Plan,
    status: UserStatus,
    version: z.number(),
    permissions: z.array(Permission),
    mfa_enabled: z.boolean(),
    must_change_password: z.boolean(),
  }) satisfies z.ZodType<AccountAccess>,
});
export type KeyStanding = z.infer<typeof KeyStanding>;

/** The key with this hash, or `null`. A scope that exists no more counts for nothing. */
export async function readKey(db: Db, key_hash: string): Promise<KeyStanding | null> {
  const [row] = await db.select().from(api_keys).where(eq(api_keys.key_hash, key_hash));
  const owner = row === undefined ? null : await readAccess(db, row.user_id);
  if (row === undefined || owner === null) return null;
  return {
    id: row.id,
    scopes: Permission.options.filter((permission) => row.scopes.includes(permission)),
    requests_per_minute: row.requests_per_minute,
    expires_at: row.expires_at === null ? null : Date.parse(isoOfTimestamp(row.expires_at)),
    revoked: row.revoked_at !== null,
    owner,
  };
}
