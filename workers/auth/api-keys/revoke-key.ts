import { and, eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { api_keys } from "../../../shared/db/schema/index.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { noSuchKey } from "./read.ts";

/**
 * Ends a key: when this returns it is refused everywhere, and its sockets are closed. Again does no harm.
 * @throws `not_found`
 */
export async function revokeKey(ctx: Ctx, id: string): Promise<void> {
  const { user_id } = userOf(ctx);
  const key_hash = await ctx.transact(async (tx) => {
    const [row] = await tx
      .select({ key_hash: api_keys.key_hash, revoked_at: api_keys.revoked_at })
      .from(api_keys)
      .where(and(eq(api_keys.id, id), eq(api_keys.user_id, user_id)))
      .for("update");
    if (row === undefined) throw noSuchKey();
    if (row.revoked_at !== null) return row.key_hash;
    await tx
      .update(api_keys)
      .set({ revoked_at: isoTime(ctx.now()) })
      .where(eq(api_keys.id, id));
    await recordAudit(tx, ctx, { action: "api_key.revoked", target: { type: "api_key", id } });
    return row.key_hash;
  });
  // Also for one that was revoked before: its gate may not have heard of it.
  await ctx.gates.apiKey(key_hash).changed();
}
