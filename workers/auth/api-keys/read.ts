import { and, desc, eq, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../../shared/db/cursor.ts";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { api_keys } from "../../../shared/db/schema/index.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { ApiKey, ApiKeyPage, KeysQuery } from "./schema.ts";
import { showKey } from "./show-key.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

/** For keys that do not exist and for those of others alike. */
export function noSuchKey(): AppError {
  return new AppError("not_found", "You have no such API key.");
}

/** The keys of whoever asks, newest first, those that ended too. */
export async function listKeys(
  ctx: Pick<Ctx, "db" | "actor" | "now">,
  { limit, cursor }: KeysQuery,
): Promise<ApiKeyPage> {
  const { user_id } = userOf(ctx);
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
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    data: page.map((row) => showKey(row, ctx.now())),
    next_cursor: more ? encodeCursor(scope, [isoOfTimestamp(last.created_at), last.id]) : null,
  };
}

/** @throws `not_found` */
export async function readKey(ctx: Pick<Ctx, "db" | "actor" | "now">, id: string): Promise<ApiKey> {
  const { user_id } = userOf(ctx);
  const [row] = await ctx.db
    .select()
    .from(api_keys)
    .where(and(eq(api_keys.id, id), eq(api_keys.user_id, user_id)));
  if (row === undefined) throw noSuchKey();
  return showKey(row, ctx.now());
}
