import { inArray } from "drizzle-orm";
import { push_subscriptions } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";

/** Ids of the push subscriptions of users, by the user's id; who has none is left out. */
export async function readBrowsers(
  tx: Pick<Tx, "select">,
  user_ids: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await tx
    .select({ id: push_subscriptions.id, user_id: push_subscriptions.user_id })
    .from(push_subscriptions)
    .where(inArray(push_subscriptions.user_id, [...user_ids]));
  const browsers = new Map<string, string[]>();
  for (const { id, user_id } of rows) browsers.set(user_id, [...(browsers.get(user_id) ?? []), id]);
  return browsers;
}
