import { and, eq, gt, sql } from "drizzle-orm";
import type { Db } from "../../../shared/db/client.ts";
import { collections } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { newId } from "../../../shared/platform/ids.ts";
import type { CollectionInfo, Provider } from "../../../shared/providers/provider.ts";

const REFRESH_MS = 3_600_000;

/** Whether this provider described the collection within the last hour. */
export async function isInfoFresh(db: Db, provider: string, slug: string, now: number): Promise<boolean> {
  const rows = await db
    .select({ id: collections.id })
    .from(collections)
    .where(
      and(
        eq(collections.slug, slug),
        eq(collections.source, provider),
        gt(collections.updated_at, isoTime(now - REFRESH_MS)),
      ),
    );
  return rows.length > 0;
}

/** Writes down what a provider says a collection is. What it does not say leaves what is known as it is. */
export async function storeInfo(
  db: Db,
  provider: Pick<Provider, "name" | "simulated">,
  slug: string,
  info: CollectionInfo,
  now: number,
): Promise<void> {
  const { name, description, image_url, chain, contract, currency, supply } = info;
  const at = isoTime(now);
  const known = (column: "description" | "image_url" | "chain" | "contract" | "currency" | "supply") =>
    sql`coalesce(${sql.raw(`excluded.${column}`)}, ${collections[column]})`;
  await db
    .insert(collections)
    .values({
      id: newId("col", now),
      slug,
      name,
      description,
      image_url,
      chain,
      contract,
      currency,
      supply,
      source: provider.name,
      simulated: provider.simulated,
      created_at: at,
      updated_at: at,
    })
    .onConflictDoUpdate({
      target: collections.slug,
      set: {
        name,
        description: known("description"),
        image_url: known("image_url"),
        chain: known("chain"),
        contract: known("contract"),
        currency: known("currency"),
        supply: known("supply"),
        source: provider.name,
        simulated: sql`${collections.simulated} or excluded.simulated`,
        updated_at: at,
      },
    });
}
