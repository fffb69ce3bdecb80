import pg from "pg";
import type { Platform } from "../../scripts/local/platform.ts";
import { nowMicros, sleep } from "../clock.ts";

const BATCH = 500;

function anEvent(collection: string, n: number) {
  return {
    event_key: `ingest:${nowMicros()}:${n}`,
    kind: "sale",
    collection,
    token_id: String(n % 10_000),
    price: `${1 + (n % 97)}.${n % 1000}`,
    currency: "ETH",
    from: `0x${(n % 5000).toString(16).padStart(40, "0")}`,
    to: `0x${((n * 7) % 5000).toString(16).padStart(40, "0")}`,
    tx_hash: `0x${n.toString(16).padStart(64, "0")}`,
    marketplace: "bench",
    occurred_at: new Date(Date.now() - (n % 3_600_000)).toISOString(),
  };
}

async function countStored(client: pg.Client): Promise<number> {
  const { rows } = await client.query<{ n: string }>("select count(*) as n from market_events");
  return Number(rows[0]?.n ?? 0);
}

/** Events a second from the first POST until the last event is in Postgres, through `rooms` rooms. */
export async function measureIngest(
  platform: Platform,
  databaseUrl: string,
  { events, rooms }: { events: number; rooms: number },
): Promise<{ accepted_per_s: number; stored_per_s: number }> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const before = await countStored(client);
  const start = performance.now();
  await Promise.all(
    Array.from({ length: rooms }, async (_, room) => {
      for (let n = 0; n < events / rooms; n += BATCH) {
        const batch = Array.from({ length: BATCH }, (_, i) => anEvent(`ingest-${room}`, n + i));
        const answer = await fetch(`${platform.url}/api/v1/market/events`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${platform.ingestKey}`,
            "content-type": "application/json",
          },
          body: JSON.stringify({ events: batch }),
        });
        if (!answer.ok) throw new Error(`ingest was answered with ${answer.status}`);
        await answer.arrayBuffer();
      }
    }),
  );
  const accepted = performance.now();
  while ((await countStored(client)) < before + events) await sleep(20);
  const stored = performance.now();
  await client.end();
  const perSecond = (end: number) => events / ((end - start) / 1000);
  return { accepted_per_s: perSecond(accepted), stored_per_s: perSecond(stored) };
}

/** The limit: the same rows, without rooms, rollups or the endpoint, by the fastest plain insert. */
export async function measureRawInsert(databaseUrl: string, events: number): Promise<number> {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  await client.query("create temp table raw_events (like market_events including indexes)");
  const start = performance.now();
  for (let n = 0; n < events; n += BATCH) {
    const rows = Array.from({ length: BATCH }, (_, i) => anEvent("raw", n + i));
    await client.query(
      `insert into raw_events (collection_id, epoch, seq, event_key, event_key_hash, kind, token_id, price,
         total_price, currency, unit, quantity, from_address, to_address, tx_hash, marketplace, source,
         occurred_at, received_at)
       select 'raw', 'ep', s, k, sha256(k::bytea), 'sale', t, p, p, 'ETH', 'ETH', 1, f, o, x, 'bench', 'push', a, now()
       from unnest($1::bigint[], $2::text[], $3::text[], $4::numeric[], $5::text[], $6::text[], $7::text[],
         $8::timestamptz[]) as r(s, k, t, p, f, o, x, a)`,
      [
        rows.map((_, i) => n + i + 1),
        rows.map((row) => row.event_key),
        rows.map((row) => row.token_id),
        rows.map((row) => row.price),
        rows.map((row) => row.from),
        rows.map((row) => row.to),
        rows.map((row) => row.tx_hash),
        rows.map((row) => row.occurred_at),
      ],
    );
  }
  const elapsed = (performance.now() - start) / 1000;
  await client.end();
  return events / elapsed;
}
