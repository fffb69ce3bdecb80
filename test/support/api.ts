import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { IngestAnswer } from "../../shared/contracts/ingest.ts";
import { createDb, type Db } from "../../shared/db/client.ts";

/** The JSON of an answer that must be a success. */
export async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} was answered with ${answer.status}: ${text}`);
  return JSON.parse(text);
}

/** Posts events as one's own indexer does. */
export async function postEvents(
  platform: Pick<Platform, "url" | "ingestKey">,
  events: unknown[],
): Promise<IngestAnswer> {
  const answer = await fetch(`${platform.url}/api/v1/market/events`, {
    method: "POST",
    headers: { authorization: `Bearer ${platform.ingestKey}`, "content-type": "application/json" },
    body: JSON.stringify({ events }),
  });
  if (!answer.ok) throw new Error(`ingest was answered with ${answer.status}: ${await answer.text()}`);
  return IngestAnswer.parse(await answer.json());
}

/** Events as an indexer sends them: `count` sales with the keys `<prefix>-<n>`. */
export function rawSales(collection: string, prefix: string, count: number, first = 1): unknown[] {
  return Array.from({ length: count }, (_, i) => ({
    event_key: `${prefix}-${first + i}`,
    kind: "sale",
    collection,
    token_id: String(first + i),
    price: "1.25",
    currency: "ETH",
    from: "0x00000000000000000000000000000000000000aa",
    to: "0x00000000000000000000000000000000000000bb",
    occurred_at: new Date().toISOString(),
  }));
}

/** The database behind a platform, read as the worker reads it. */
export function databaseOf(platform: Platform): Db {
  return createDb(platform.databaseUrl, platform.databaseEndpoint);
}

const Counted = z.object({ rows: z.array(z.object({ n: z.coerce.number(), keys: z.coerce.number() })) });

/** How many events of a collection Postgres has, and how many different keys they carry. */
export async function countStored(platform: Platform, slug: string): Promise<{ n: number; keys: number }> {
  const result = await databaseOf(platform).execute(
    sql`select count(*) as n, count(distinct event_key) as keys from market_events
        join collections on collections.id = collection_id where slug = ${slug}`,
  );
  return Counted.parse(result).rows[0] ?? { n: 0, keys: 0 };
}

/** Waits until `check` holds; fails with what it last saw. */
export async function until<T>(
  read: () => Promise<T> | T,
  holds: (value: T) => boolean,
  { within = 60_000, every = 100 } = {},
): Promise<T> {
  const deadline = Date.now() + within;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline)
      throw new Error(`not within ${within} ms; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, every));
  }
}
