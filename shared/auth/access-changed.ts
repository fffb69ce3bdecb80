import { and, eq, isNull, sql } from "drizzle-orm";
import { api_keys, users } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import type { Ctx } from "../platform/ctx.ts";

/**
 * Makes every access token of a user that was issued so far worth nothing, once it is committed. It also counts as a
 * change of the account (`updated_at`), by which the sweep finds those whose gates were not told.
 */
export async function bumpAccess(tx: Tx, user_id: string): Promise<void> {
  await tx
    .update(users)
    .set({ access_version: sql`${users.access_version} + 1`, updated_at: sql`now()` })
    .where(eq(users.id, user_id));
}

/** The gates of a user's keys, which hold what its owner may do. */
async function keysChanged(ctx: Pick<Ctx, "db" | "gates">, user_id: string): Promise<void> {
  const keys = await ctx.db
    .select({ key_hash: api_keys.key_hash })
    .from(api_keys)
    .where(and(eq(api_keys.user_id, user_id), isNull(api_keys.revoked_at)));
  await Promise.all(keys.map(({ key_hash }) => ctx.gates.apiKey(key_hash).changed()));
}

/**
 * Tells the gates of an account and of its keys that something was committed that changes who may do what. Call it
 * after the commit and before the answer: when it returns, what ended is refused everywhere and its sockets close.
 */
export async function accessChanged(ctx: Pick<Ctx, "db" | "gates">, user_id: string): Promise<void> {
  await Promise.all([ctx.gates.account(user_id).changed(user_id), keysChanged(ctx, user_id)]);
}
