import { and, desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../db/cursor.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { api_keys } from "../../db/schema/index.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { countWebhooksOfKeys } from "../../webhooks/webhooks-of-key.ts";
import type { ApiKeyPage } from "./schema.ts";
import { showKey } from "./show-key.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

/** The keys of an account, newest first, those that ended too. Throws `invalid_request` for a cursor of another list. */
export async function listKeysOf(
  ctx: Pick<Ctx, "db" | "now">,
  user_id: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<ApiKeyPage> {
  const scope = ["api_keys", user_id];
  const from = cursor === undefined ? undefined : decodeCursor(cursor, scope, Position);
  const rows = await ctx.db
    .select()
    .from(api_keys)
    .where(
      and(
        eq(api_keys.user_id, user_id),
        from && sql`(${api_keys.created_at}, ${api_keys.id}) < (${from[0]}::timestamptz, ${from[1]})`,
      ),
    )
    .orderBy(desc(api_keys.created_at), desc(api_keys.id))
    .limit(limit + 1);
  const page = rows.slice(0, limit);
  const made = await countWebhooksOfKeys(
    ctx.db,
    page.map(({ id }) => id),
  );
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: page.map((row) => showKey(row, ctx.now(), made.get(row.id))),
    next_cursor: more ? encodeCursor(scope, [isoOfTimestamp(last.created_at), last.id]) : null,
  };
}
