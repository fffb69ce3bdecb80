import { and, eq } from "drizzle-orm";
import { listKeysOf } from "../../../shared/auth/api-keys/list-keys.ts";
import type { ApiKey, ApiKeyPage } from "../../../shared/auth/api-keys/schema.ts";
import { showKey } from "../../../shared/auth/api-keys/show-key.ts";
import { api_keys } from "../../../shared/db/schema/index.ts";
import { userOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { countWebhooksOfKeys } from "../../../shared/webhooks/webhooks-of-key.ts";
import type { KeysQuery } from "./schema.ts";

/** For keys that do not exist and for those of others alike. */
export function noSuchKey(): AppError {
  return new AppError("not_found", "You have no such API key.");
}

/** The keys of whoever asks, newest first, those that ended too. */
export async function listKeys(
  ctx: Pick<Ctx, "db" | "actor" | "now">,
  query: KeysQuery,
): Promise<ApiKeyPage> {
  return listKeysOf(ctx, userOf(ctx).user_id, query);
}

/** @throws `not_found` */
export async function readKey(ctx: Pick<Ctx, "db" | "actor" | "now">, id: string): Promise<ApiKey> {
  const { user_id } = userOf(ctx);
  const [row] = await ctx.db
    .select()
    .from(api_keys)
    .where(and(eq(api_keys.id, id), eq(api_keys.user_id, user_id)));
  if (row === undefined) throw noSuchKey();
  return showKey(row, ctx.now(), (await countWebhooksOfKeys(ctx.db, [id])).get(id));
}
