import { eq } from "drizzle-orm";
import type { Db } from "../db/client.ts";
import { collections } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";

/** Whether a collection of this slug is known to Postgres. */
export async function collectionExists(db: Pick<Db | Tx, "select">, slug: string): Promise<boolean> {
  const rows = await db.select({ id: collections.id }).from(collections).where(eq(collections.slug, slug));
  return rows.length > 0;
}
