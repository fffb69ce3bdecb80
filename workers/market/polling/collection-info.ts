import { and, eq, gt, sql } from "drizzle-orm";
import type { Db } from "../../../shared/db/client.ts";
import { collections } from "../../../shared/db/schema/index.ts";
import type { StoredStats } from "../../../shared/market/provider-stats.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { newId } from "../../../shared/platform/ids.ts";
import type { CollectionInfo, Provider, ProviderStats } from "../../../shared/providers/provider.ts";

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
        // Whoever describes it from now on is the one whose figures are shown.
        provider_stats: sql`case when ${collections.source} = excluded.source then ${collections.provider_stats} end`,
        simulated: sql`${collections.simulated} or excluded.simulated`,
        updated_at: at,
      },
    });
}

/** Keeps what a provider states of a collection that it described; what another one says of it is not touched. */
export async function storeStats(
  db: Db,
  source: string,
  slug: string,
  { floor, floor_currency, owners, total_sales, total_volume, as_of }: ProviderStats,
): Promise<void> {
  const provider_stats: StoredStats = {
    source,
    floor,
    floor_currency,
    owners,
    total_sales,
    total_volume,
    as_of,
  };
  await db
    .update(collections)
    .set({ provider_stats })
    .where(and(eq(collections.slug, slug), eq(collections.source, source)));
}
