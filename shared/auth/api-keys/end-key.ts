import { and, eq } from "drizzle-orm";
import { recordAudit } from "../../audit/record-audit.ts";
import { api_keys } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { ownerOf } from "../../platform/actor.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { stopWebhooksOfKey } from "../../webhooks/webhooks-of-key.ts";

/**
 * Revokes a key of an account, stops the webhooks that it made, and writes the audit rows; again does no harm. After the commit its gate must be told,
 * also of one that was revoked before: it may not have heard of it.
 * @returns the hash by which its gate is named; `null` where the account has no such key.
 */
export async function endKey(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "client" | "now" | "trace">,
  { id, user_id }: { id: string; user_id: string },
): Promise<string | null> {
  const [row] = await tx
    .select({ key_hash: api_keys.key_hash, revoked_at: api_keys.revoked_at })
    .from(api_keys)
    .where(and(eq(api_keys.id, id), eq(api_keys.user_id, user_id)))
    .for("update");
  if (row === undefined) return null;
  if (row.revoked_at !== null) return row.key_hash;
  await tx
    .update(api_keys)
    .set({ revoked_at: isoTime(ctx.now()) })
    .where(eq(api_keys.id, id));
  await stopWebhooksOfKey(tx, ctx, id);
  await recordAudit(tx, ctx, {
    action: "api_key.revoked",
    target: { type: "api_key", id },
    // Whose it was, where it was not who acts.
    ...(ownerOf(ctx) !== user_id && { after: { user_id } }),
  });
  return row.key_hash;
}
