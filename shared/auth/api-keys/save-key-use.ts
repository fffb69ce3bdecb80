import { and, eq, isNull, lt, or } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import { api_keys } from "../../db/schema/index.ts";
import { isoTime } from "../../platform/clock.ts";

/** When a key was last used, ms since 1970, and from where. */
export interface KeyUse {
  used_at: number;
  ip: string;
}

/** Writes down the last use of a key; one that is older than the one known changes nothing. */
export async function saveKeyUse(db: Db, key_id: string, { used_at, ip }: KeyUse): Promise<void> {
  const at = isoTime(used_at);
  await db
    .update(api_keys)
    .set({ last_used_at: at, last_used_ip: ip })
    .where(and(eq(api_keys.id, key_id), or(isNull(api_keys.last_used_at), lt(api_keys.last_used_at, at))));
}
