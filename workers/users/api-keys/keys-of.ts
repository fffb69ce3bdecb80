import { sql } from "drizzle-orm";
import { endKey } from "../../../shared/auth/api-keys/end-key.ts";
import { listKeysOf } from "../../../shared/auth/api-keys/list-keys.ts";
import type { ApiKeyPage } from "../../../shared/auth/api-keys/schema.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { lockAccounts, readTarget } from "../access/lock-accounts.ts";
import { mayChange } from "../access/rules.ts";
import type { KeysQuery } from "./schema.ts";

/** Throws `not_found`, and `forbidden` for an account that may do more than who acts; both stay as they are until the commit. */
async function requireMayChange(tx: Tx, ctx: Pick<Ctx, "actor">, user_id: string) {
  const acting = await lockAccounts(tx, ctx, "users:write", sql`u.id = ${user_id}`);
  mayChange(acting, await readTarget(tx, user_id));
}

/**
 * The keys of an account, newest first, those that ended too; never their text, which nobody has.
 * @throws `not_found`, and `forbidden` for an account that may do more than who asks.
 */
export async function listKeysOfUser(
  ctx: Pick<Ctx, "db" | "transact" | "actor" | "now">,
  user_id: string,
  query: KeysQuery,
): Promise<ApiKeyPage> {
  await ctx.transact((tx) => requireMayChange(tx, ctx, user_id));
  return listKeysOf(ctx, user_id, query);
}

/**
 * Ends a key of an account: when this returns it is refused everywhere, and its sockets are closed. Again does no harm.
 * @throws `not_found`, and `forbidden` for an account that may do more than who acts.
 */
export async function revokeKeyOfUser(
  ctx: Pick<Ctx, "transact" | "actor" | "client" | "now" | "trace" | "gates">,
  user_id: string,
  id: string,
): Promise<void> {
  const key_hash = await ctx.transact(async (tx) => {
    await requireMayChange(tx, ctx, user_id);
    return endKey(tx, ctx, { id, user_id });
  });
  if (key_hash === null) throw new AppError("not_found", `This account has no API key ${id}.`);
  await ctx.gates.apiKey(key_hash).changed();
}
