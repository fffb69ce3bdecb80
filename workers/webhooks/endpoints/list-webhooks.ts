import { and, desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { webhooks } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import type { WebhookPage, WebhooksQuery } from "./schema.ts";
import { showWebhook } from "./webhook-row.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

/** The webhooks of whoever asks, newest first. */
export async function listWebhooks(
  ctx: Pick<Ctx, "db" | "actor" | "seal" | "now">,
  { api_key_id, limit, cursor }: WebhooksQuery,
): Promise<WebhookPage> {
  const user_id = ownerOf(ctx);
  const scope = ["webhooks", user_id, api_key_id ?? null];
  const from = cursor === undefined ? undefined : decodeCursor(cursor, scope, Position);
  const rows = await ctx.db
    .select()
    .from(webhooks)
    .where(
      and(
        eq(webhooks.user_id, user_id),
        api_key_id === undefined ? undefined : eq(webhooks.api_key_id, api_key_id),
        from && sql`(${webhooks.created_at}, ${webhooks.id}) < (${from[0]}::timestamptz, ${from[1]})`,
      ),
    )
    .orderBy(desc(webhooks.created_at), desc(webhooks.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: await Promise.all(page.map((row) => showWebhook(ctx, row))),
    next_cursor: more ? encodeCursor(scope, [isoOfTimestamp(last.created_at), last.id]) : null,
  };
}
