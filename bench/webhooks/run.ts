import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { readRows } from "../../shared/db/rows.ts";
import { platformCtx } from "../../test/support/people.ts";
import { insertUser, insertWebhook } from "../../test/support/webhooks.ts";
import { sleep } from "../clock.ts";
import { Histogram } from "../histogram.ts";

const CONCURRENCY = 4;
const Told = z.union([
  z.object({ port: z.number() }),
  z.object({ id: z.string().nullable(), at: z.number(), path: z.string() }),
]);

interface Receipt {
  id: string | null;
  at: number;
  path: string;
}

/** The endpoint's process; `receipts` fills as messages come. */
export async function startEndpoint(): Promise<{ url: string; receipts: Receipt[]; stop(): void }> {
  const child = fork(fileURLToPath(new URL("./receiver.ts", import.meta.url)));
  const receipts: Receipt[] = [];
  const port = await new Promise<number>((resolve) => {
    child.on("message", (message) => {
      const told = Told.parse(message);
      if ("port" in told) resolve(told.port);
      else receipts.push(told);
    });
  });
  return { url: `http://127.0.0.1:${port}/`, receipts, stop: () => child.disconnect() };
}

type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

/** What never answers does not count as having received. */
const isAnswered = ({ path }: Receipt) => !path.startsWith("/hang/");

async function arrived(
  { receipts }: Endpoint,
  count: number,
  counts = (_: Receipt) => true,
): Promise<Receipt[]> {
  const came = () => receipts.filter(counts).length;
  for (const deadline = Date.now() + 120_000; came() < count; await sleep(10))
    if (Date.now() > deadline) throw new Error(`${came()} of ${count} messages came`);
  return receipts.splice(0).filter(counts);
}

const perSecond = (receipts: Receipt[]) => {
  const times = receipts.map(({ at }) => at);
  return receipts.length / Math.max(0.001, (Math.max(...times) - Math.min(...times)) / 1000);
};

/** The limit: a bare loop that posts the same bytes to the same endpoint, as many at once as a sender has under way. */
export async function measureBareLoop(
  endpoint: Endpoint,
  count: number,
): Promise<{ per_s: number; p50: number; p95: number }> {
  const body = JSON.stringify({ type: "market.sale", data: { padding: "x".repeat(600) } });
  const latency = new Histogram();
  let left = count;
  const loop = async () => {
    while (left-- > 0) {
      const start = performance.now();
      const answer = await fetch(endpoint.url, { method: "POST", body });
      await answer.arrayBuffer();
      latency.add(performance.now() - start);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  const receipts = await arrived(endpoint, count);
  return { per_s: perSecond(receipts), p50: latency.quantile(0.5), p95: latency.quantile(0.95) };
}

/** Endpoints that take a connection and never answer, beside one that answers at once, all for the same collection. */
export async function subscribeCrowd(
  platform: Platform,
  endpoint: Endpoint,
  collection: string,
  hanging: number,
): Promise<void> {
  await subscribe(platform, { ...endpoint, url: `${endpoint.url}hang/` }, collection, hanging / 2);
  await subscribe(platform, endpoint, collection, 1);
  await subscribe(platform, { ...endpoint, url: `${endpoint.url}hang/` }, collection, hanging / 2);
}

/** Makes `count` endpoints at the receiver that want the sales of one collection, in order where asked for. */
export async function subscribe(
  platform: Platform,
  endpoint: Endpoint,
  collection: string,
  count: number,
  ordered = false,
): Promise<void> {
  const { db, seal } = platformCtx(platform);
  const user_id = await insertUser(db);
  const topics = [{ event_type: "market.sale", collection }];
  for (let i = 0; i < count; i++)
    await insertWebhook(db, seal, { user_id, url: `${endpoint.url}${collection}/${i}`, topics, ordered });
}

/** Deliveries a second of a flood, from the first receipt to the last. */
export async function measureFlood(
  endpoint: Endpoint,
  deliveries: number,
  post: () => Promise<unknown>,
): Promise<{ per_s: number }> {
  await post();
  return { per_s: perSecond(await arrived(endpoint, deliveries)) };
}

/**
 * From commit to receipt of single sales, one at a time. A message's `created_at` is when its flush was planned, a
 * little before the commit, so the truth is shorter.
 */
export async function measureLatency(
  platform: Platform,
  endpoint: Endpoint,
  sales: number,
  post: (n: number) => Promise<unknown>,
): Promise<{ p50: number; p95: number; max: number }> {
  for (let n = 0; n < sales; n++) {
    await post(n);
    await sleep(250);
  }
  const receipts = await arrived(endpoint, sales, isAnswered);
  const rows = await readRows(
    platformCtx(platform).db,
    sql`select id, extract(epoch from created_at) * 1000 as at from messages`,
    z.object({ id: z.string(), at: z.coerce.number() }),
  );
  const made = new Map(rows.map(({ id, at }) => [id, at]));
  const latency = new Histogram();
  for (const { id, at } of receipts) latency.add(at - (made.get(id ?? "") ?? Number.NaN));
  return { p50: latency.quantile(0.5), p95: latency.quantile(0.95), max: latency.quantile(1) };
}
