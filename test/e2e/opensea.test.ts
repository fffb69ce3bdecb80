import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, getJson, until } from "../support/api.ts";
import { bestListing, restSale, SLUG, streamSale } from "../support/opensea/build.ts";
import { type OpenSeaRest, startOpenSeaRest } from "../support/opensea/rest-server.ts";
import { type OpenSeaStream, startOpenSeaStream } from "../support/opensea/stream-server.ts";
import { openPlatform } from "../support/platform.ts";

const KEY = "a-key-of-the-stand-in";
const seconds = () => Math.floor(Date.now() / 1000);

let rest: OpenSeaRest;
let stream: OpenSeaStream;
let platform: Platform;
beforeAll(async () => {
  rest = await startOpenSeaRest(KEY, seconds() + 3600);
  stream = await startOpenSeaStream(KEY);
  rest.events.set(SLUG, []);
  rest.listings.set(SLUG, [
    bestListing(900, "2500000000000000000", { order_created_at: seconds() - 60, protocol_data: undefined }),
  ]);
  platform = await openPlatform({
    vars: {
      OPENSEA_API_KEY: KEY,
      OPENSEA_COLLECTIONS: SLUG,
      OPENSEA_API_URL: rest.url,
      OPENSEA_STREAM_URL: stream.url,
    },
  });
});
afterAll(async () => {
  await platform.stop();
  await stream.close();
  await rest.close();
});

const Events = z.object({ data: z.array(z.object({ kind: z.string(), token_id: z.string().nullable() })) });
const EVENTS = `/api/v1/collections/${SLUG}/events?kind=sale&limit=100`;
/** Tokens of the sales that can be read; none while Postgres does not know the collection yet. */
const soldTokens = async () => {
  const answer = await fetch(platform.url + EVENTS);
  if (answer.status === 404) return [];
  const { data } = Events.parse(await answer.json());
  return data.map(({ token_id }) => Number(token_id)).sort((a, b) => a - b);
};

/** A sale that REST has, and that the Stream tells so many times to whoever listens. */
function sell(number: number, times: number): void {
  const at = seconds();
  rest.events.get(SLUG)?.push({ at, shown_at: at, body: restSale(number, at) });
  for (let time = 0; time < times; time += 1) stream.tell(SLUG, streamSale(number, at));
}
const joined = (times: number) =>
  until(
    () => stream.joins,
    (joins) => joins >= times,
  );
const sold = (...tokens: number[]) =>
  until(soldTokens, (found) => JSON.stringify(found) === JSON.stringify(tokens));

describe("OpenSea, in the worker", () => {
  test("one tick polls, describes the collection and opens the Stream", async () => {
    sell(1, 0);
    await platform.tick();
    await joined(1);
    await sold(1);
    await until(
      () => getJson(`${platform.url}/api/v1/collections/${SLUG}`),
      (collection) => JSON.stringify(collection).includes("Argonauts"),
    );
    expect(rest.violations).toEqual([]);
  });

  test("a sale told by the Stream arrives at once, and once", async () => {
    sell(2, 3);
    await sold(1, 2);
  });

  test("what happened while the Stream was gone comes by REST, without waiting for a tick", async () => {
    stream.drop();
    sell(3, 1);
    await joined(2);
    await sold(1, 2, 3);
  });

  test("a worker that was killed goes on where it was, with what happened meanwhile", async () => {
    await platform.killWorker();
    sell(4, 1);
    await platform.restartWorker();
    await platform.tick();
    await joined(3);
    sell(5, 1);
    await sold(1, 2, 3, 4, 5);
  });

  test("nothing is in Postgres twice", async () => {
    await until(
      () => countStored(platform, SLUG),
      ({ n, keys }) => n === 6 && keys === 6,
    );
  });

  test("after five failures OpenSea is left alone, even when the gate's object was evicted", async () => {
    for (let time = 0; time < 20; time += 1) rest.faults.push({ status: 500 });
    await until(
      async () => {
        await platform.tick();
        return rest.faults.length;
      },
      (left) => left <= 15,
      { every: 300 },
    );
    await platform.evict("ProviderGate", "opensea");
    const asked = rest.requests.length;
    await platform.tick();
    await until(() => platform.recentLogs().some((line) => line.includes("left alone for a while")), Boolean);
    expect(rest.requests.length).toBe(asked);
    sell(6, 1);
    await sold(1, 2, 3, 4, 5, 6);
  });

  test("the key is in no line of the log", () => {
    expect(platform.recentLogs().length).toBeGreaterThan(0);
    for (const line of platform.recentLogs()) expect(line).not.toContain(KEY);
  });
});
