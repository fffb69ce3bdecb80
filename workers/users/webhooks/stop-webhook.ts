import { eq, sql } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import type { Tx } from "../../../shared/db/transaction.ts";
import { deliverNotificationsSoon } from "../../../shared/notifications/deliver-soon.ts";
import { notify } from "../../../shared/notifications/notify.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { cancelDeliveries } from "../../../shared/webhooks/cancel-deliveries.ts";
import { replaceTopics } from "../../../shared/webhooks/topics.ts";
import { wakeWebhooks } from "../../../shared/webhooks/wake-webhooks.ts";
import { lockAccounts, readTarget } from "../access/lock-accounts.ts";
import { mayChange } from "../access/rules.ts";
import { noSuchWebhook, readWebhookOfUser } from "./read.ts";
import type { WebhookOfUser } from "./schema.ts";

type Row = typeof webhooks.$inferSelect;

const hostOf = ({ url }: Row) => new URL(url).host;

/**
 * A webhook of somebody, which nobody else changes until the commit.
 * @throws `not_found`, and `forbidden` for an account that may do more than who acts.
 */
async function lockForeign(tx: Tx, ctx: Pick<Ctx, "actor">, id: string): Promise<Row> {
  const [found] = await tx.select({ user_id: webhooks.user_id }).from(webhooks).where(eq(webhooks.id, id));
  if (found === undefined) throw noSuchWebhook(id);
  const acting = await lockAccounts(tx, ctx, "webhooks:admin", sql`u.id = ${found.user_id}`);
  mayChange(acting, await readTarget(tx, found.user_id));
  const [row] = await tx.select().from(webhooks).where(eq(webhooks.id, id)).for("no key update");
  if (row === undefined) throw noSuchWebhook(id);
  return row;
}

function tellOwner(tx: Tx, ctx: Ctx, row: Row, what: "turned off" | "deleted"): Promise<string | null> {
  return notify(tx, ctx, {
    user_id: row.user_id,
    kind: "webhook.disabled",
    level: "error",
    title: `A webhook was ${what} by an administrator`,
    body: `The endpoint on ${hostOf(row)} was ${what} by an administrator. Nothing more is sent to it.`,
    cause: `webhook:${row.id}:${what}:${isoTime(ctx.now())}`,
    data: { webhook_id: row.id },
  });
}

/**
 * Turns a webhook of somebody off, so that its owner cannot turn it on again: what waits is cancelled. Again does no
 * harm; one that its owner turned off stays off for good.
 * @throws `not_found`, `forbidden`
 */
export async function stopWebhook(ctx: Ctx, id: string): Promise<WebhookOfUser> {
  const told = await ctx.transact(async (tx) => {
    const row = await lockForeign(tx, ctx, id);
    if (row.disabled_reason === "administrator") return null;
    const at = isoTime(ctx.now());
    await tx
      .update(webhooks)
      .set({ status: "disabled", disabled_reason: "administrator", disabled_at: at, updated_at: at })
      .where(eq(webhooks.id, id));
    await cancelDeliveries(tx, ctx, id, "an administrator disabled the endpoint");
    const notification = await tellOwner(tx, ctx, row, "turned off");
    await recordAudit(tx, ctx, {
      action: "webhook.disabled",
      target: { type: "webhook", id },
      before: { status: row.status, reason: row.disabled_reason },
      after: { status: "disabled", reason: "administrator", user_id: row.user_id, host: hostOf(row) },
    });
    return notification;
  });
  if (told !== null) deliverNotificationsSoon(ctx, [told]);
  wakeWebhooks(ctx, [id]);
  return readWebhookOfUser(ctx, id);
}

/**
 * Lets a webhook go on that an administrator stopped: it gets what happens from now on.
 * @throws `not_found`, `forbidden`
 */
export async function releaseWebhook(ctx: Ctx, id: string): Promise<WebhookOfUser> {
  await ctx.transact(async (tx) => {
    const row = await lockForeign(tx, ctx, id);
    if (row.disabled_reason !== "administrator") return;
    await tx
      .update(webhooks)
      .set({
        status: "active",
        disabled_reason: null,
        disabled_at: null,
        failed_in_a_row: 0,
        updated_at: isoTime(ctx.now()),
      })
      .where(eq(webhooks.id, id));
    await replaceTopics(tx, ctx, row);
    await recordAudit(tx, ctx, {
      action: "webhook.enabled",
      target: { type: "webhook", id },
      before: { status: row.status, reason: row.disabled_reason },
      after: { status: "active", user_id: row.user_id, host: hostOf(row) },
    });
  });
  return readWebhookOfUser(ctx, id);
}

/** Removes a webhook of somebody with its deliveries. Throws `not_found`, `forbidden`. */
export async function removeWebhook(ctx: Ctx, id: string): Promise<void> {
  const told = await ctx.transact(async (tx) => {
    const row = await lockForeign(tx, ctx, id);
    await tx.delete(webhooks).where(eq(webhooks.id, id));
    const notification = await tellOwner(tx, ctx, row, "deleted");
    await recordAudit(tx, ctx, {
      action: "webhook.deleted",
      target: { type: "webhook", id },
      before: { user_id: row.user_id, host: hostOf(row), event_types: row.event_types, status: row.status },
    });
    return notification;
  });
  if (told !== null) deliverNotificationsSoon(ctx, [told]);
  wakeWebhooks(ctx, [id]);
}
