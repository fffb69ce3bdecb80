import { and, asc, eq } from "drizzle-orm";
import { recordAudit } from "../../../shared/audit/record-audit.ts";
import { deviceLabel } from "../../../shared/auth/sessions/device-label.ts";
import type { PushDevice } from "../../../shared/contracts/notifications.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { push_subscriptions } from "../../../shared/db/schema/index.ts";
import { openSubscription } from "../../../shared/notifications/push/subscription.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";

type Row = Pick<
  typeof push_subscriptions.$inferSelect,
  "id" | "subscription" | "user_agent" | "created_at" | "last_used_at"
>;

/** A browser as its user is shown it: never what it takes to write to it. */
export async function showDevice({ seal }: Pick<Ctx, "seal">, row: Row): Promise<PushDevice> {
  const { endpoint } = await openSubscription(seal, row);
  return {
    id: row.id,
    host: new URL(endpoint).host,
    user_agent: row.user_agent === null ? null : deviceLabel(row.user_agent),
    created_at: isoOfTimestamp(row.created_at),
    last_used_at: row.last_used_at === null ? null : isoOfTimestamp(row.last_used_at),
  };
}

/** The browsers that notifications of whoever asks are pushed to, oldest first. */
export async function listDevices(ctx: Pick<Ctx, "db" | "actor" | "seal">): Promise<PushDevice[]> {
  const rows = await ctx.db
    .select()
    .from(push_subscriptions)
    .where(eq(push_subscriptions.user_id, ownerOf(ctx)))
    .orderBy(asc(push_subscriptions.created_at), asc(push_subscriptions.id));
  return Promise.all(rows.map((row) => showDevice(ctx, row)));
}

/** Pushes nothing more to a browser. Throws `not_found`. */
export async function removeDevice(ctx: Ctx, id: string): Promise<void> {
  const user_id = ownerOf(ctx);
  await ctx.transact(async (tx) => {
    const [row] = await tx
      .delete(push_subscriptions)
      .where(and(eq(push_subscriptions.id, id), eq(push_subscriptions.user_id, user_id)))
      .returning();
    if (row === undefined) throw new AppError("not_found", "You have no such push subscription.");
    const { host } = await showDevice(ctx, row);
    await recordAudit(tx, ctx, {
      action: "push_subscription.deleted",
      target: { type: "push_subscription", id },
      before: { host },
    });
  });
}
