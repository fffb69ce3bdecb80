import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Permission } from "../../../shared/contracts/access.ts";
import type { AccountAccess } from "../../../shared/contracts/accounts.ts";
import { readRows } from "../../../shared/db/rows.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { Acting } from "./lock-accounts.ts";

/** How many are named, so that a message stays one. */
const NAMED = 5;

function requireAll(holds: ReadonlySet<Permission>, wanted: readonly Permission[], what: string): void {
  const lacks = wanted.filter((permission) => !holds.has(permission));
  if (lacks.length === 0) return;
  const more = lacks.length > NAMED ? ` and ${lacks.length - NAMED} more` : "";
  const named = lacks.slice(0, NAMED).join(", ") + more;
  throw new AppError("forbidden", `${what} what you do not hold yourself: ${named}.`, { lacks });
}

/** Nobody can grant what they do not hold. Throws `forbidden`. `what` is the grant, such as `The role "admin"`. */
export function mayGrant({ holds }: Acting, what: string, permissions: readonly Permission[]): void {
  requireAll(holds, permissions, `${what} grants`);
}

/** Nobody can change an account that may do more than they may themselves. Throws `forbidden`. */
export function mayChange(
  { holds, user_id }: Pick<Acting, "holds" | "user_id">,
  target: AccountAccess,
): void {
  if (target.user_id === user_id) return;
  requireAll(holds, target.permissions, "This account holds");
}

export function notOneself({ user_id }: Acting, target: AccountAccess, what: string): void {
  if (target.user_id === user_id)
    throw new AppError("forbidden", `You cannot ${what} yourself: ask another administrator.`);
}

/** What `lockAccounts` must lock besides, before `keepASuperAdmin` can count. */
export const SUPER_ADMINS = sql`u.role = 'super_admin'`;

/**
 * The last active super admin stays one. Of two that take it from each other at the same moment the second waits for
 * the lock, and then counts without the first's victim. Throws `conflict`.
 */
export async function keepASuperAdmin(tx: Tx, target: AccountAccess): Promise<void> {
  if (target.role !== "super_admin" || target.status !== "active") return;
  const others = await readRows(
    tx,
    sql`select u.id from users u
      where ${SUPER_ADMINS} and u.status = 'active' and u.id <> ${target.user_id} limit 1`,
    z.object({ id: z.string() }),
  );
  if (others.length === 0)
    throw new AppError(
      "conflict",
      "This is the last active super admin: give the role to somebody else first.",
    );
}
