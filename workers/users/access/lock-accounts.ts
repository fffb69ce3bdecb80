import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { readAccess } from "../../../shared/auth/permissions/read-access.ts";
import type { Permission } from "../../../shared/contracts/access.ts";
import type { AccountAccess } from "../../../shared/contracts/accounts.ts";
import { readRows } from "../../../shared/db/rows.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

/** Who acts, as it is once nothing of it can change any more before the commit. */
export interface Acting {
  user_id: string;
  email: string;
  /** What the account holds now; of a key, what of that it was given. */
  holds: ReadonlySet<Permission>;
}

export function userNotFound(id: string): AppError {
  return new AppError("not_found", `There is no account ${id}.`);
}

/**
 * Locks the account that acts together with those that `others` describes (a condition on `u`), in one statement and
 * in one order, so that changes which touch each other's accounts wait instead of blocking each other for good.
 * What is read of them afterwards holds until the commit.
 * @param needs what the route asked for: who lost it a moment ago is refused.
 */
export async function lockAccounts(
  tx: Tx,
  ctx: Pick<Ctx, "actor">,
  needs: Permission,
  others: SQL = sql`false`,
): Promise<Acting> {
  const user_id = ownerOf(ctx);
  await readRows(
    tx,
    sql`select u.id from users u where u.id = ${user_id} or ${others} order by u.id for update`,
    z.object({ id: z.string() }),
  );
  const now = await readAccess(tx, user_id);
  const held = ctx.actor.type === "api_key" || ctx.actor.type === "user" ? ctx.actor.permissions : undefined;
  const holds = new Set(now?.permissions.filter((permission) => held?.has(permission)) ?? []);
  if (now === null || now.status !== "active" || !holds.has(needs))
    throw new AppError("forbidden", "What this account may do was changed a moment ago. Log in again.");
  return { user_id, email: now.email, holds };
}

/** What a locked account may do. Throws `not_found`. */
export async function readTarget(tx: Tx, id: string): Promise<AccountAccess> {
  const target = await readAccess(tx, id);
  if (target === null) throw userNotFound(id);
  return target;
}
