import { endKey } from "../../../shared/auth/api-keys/end-key.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { noSuchKey } from "./read.ts";

/**
 * Ends a key: when this returns it is refused everywhere, and its sockets are closed. Again does no harm.
 * @throws `not_found`
 */
export async function revokeKey(ctx: Ctx, id: string): Promise<void> {
  const { user_id } = userOf(ctx);
  const key_hash = await ctx.transact((tx) => endKey(tx, ctx, { id, user_id }));
  if (key_hash === null) throw noSuchKey();
  await ctx.gates.apiKey(key_hash).changed();
}
