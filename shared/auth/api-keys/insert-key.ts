import type { Permission } from "../../contracts/access.ts";
import { api_keys } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { newId } from "../../platform/ids.ts";
import type { KeyText } from "./key-text.ts";

export interface NewKey {
  user_id: string;
  name: string;
  text: KeyText;
  scopes: Permission[];
  requests_per_minute: number;
  /** ISO 8601. */
  expires_at: string | null;
}

export type KeyRow = typeof api_keys.$inferSelect;

/** Adds a key, of which only the hash is kept; the caller writes the audit row. `null` where there is one with this hash. */
export async function insertKey(tx: Tx, ctx: Pick<Ctx, "now">, key: NewKey): Promise<KeyRow | null> {
  const { text, ...given } = key;
  const [row] = await tx
    .insert(api_keys)
    .values({
      id: newId("key", ctx.now()),
      ...given,
      prefix: text.prefix,
      key_hash: text.key_hash,
      created_at: isoTime(ctx.now()),
    })
    .onConflictDoNothing({ target: api_keys.key_hash })
    .returning();
  return row ?? null;
}
