import { and, count, eq, inArray } from "drizzle-orm";
import { recordAudit } from "../audit/record-audit.ts";
import type { Db } from "../db/client.ts";
import { webhooks } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { cancelDeliveries } from "./cancel-deliveries.ts";

/** How many webhooks each of these keys made that are still there; who made none is left out. */
export async function countWebhooksOfKeys(
  db: Pick<Db, "select">,
  key_ids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (key_ids.length === 0) return new Map();
  const rows = await db
    .select({ key: webhooks.api_key_id, made: count() })
    .from(webhooks)
    .where(inArray(webhooks.api_key_id, [...key_ids]))
    .groupBy(webhooks.api_key_id);
  return new Map(rows.flatMap(({ key, made }) => (key === null ? [] : [[key, made] as const])));
}

/** What a key made stops with it, in the transaction that revokes it; its owner may turn it on again as theirs. */
export async function stopWebhooksOfKey(
  tx: Tx,
  ctx: Pick<Ctx, "actor" | "client" | "now" | "trace">,
  key_id: string,
): Promise<void> {
  const of_key = and(eq(webhooks.api_key_id, key_id), eq(webhooks.status, "active"));
  const made = await tx
    .select({ id: webhooks.id })
    .from(webhooks)
    .where(of_key)
    .orderBy(webhooks.id)
    .for("no key update");
  const at = isoTime(ctx.now());
  for (const { id } of made) {
    await tx
      .update(webhooks)
      .set({ status: "disabled", disabled_reason: "key_revoked", disabled_at: at, updated_at: at })
      .where(eq(webhooks.id, id));
    await cancelDeliveries(tx, ctx, id, "the API key that made the webhook was revoked");
  }
  for (const { id } of made)
    await recordAudit(tx, ctx, {
      action: "webhook.disabled",
      target: { type: "webhook", id },
      before: { status: "active" },
      after: { status: "disabled", reason: "key_revoked", api_key_id: key_id },
    });
}

/** What a key made goes on under the key that takes its place. */
export async function moveWebhooksToKey(tx: Tx, from: string, to: string): Promise<void> {
  await tx.update(webhooks).set({ api_key_id: to }).where(eq(webhooks.api_key_id, from));
}
