import { afterEach, describe, expect, it, vi } from "vitest";
import { OpenSeaFeed } from "../../../durable-objects/feed/opensea-feed.ts";
import type { PhoenixVersion } from "../../../durable-objects/feed/phoenix.ts";
import { type OutgoingSocket, openSocket } from "../../../durable-objects/feed/socket.ts";
import { streamUrl } from "../../../durable-objects/feed/stream-url.ts";
import { beginWork } from "../../../shared/platform/work.ts";
import { callProvider } from "../../../shared/providers/gate/call.ts";
import { ingestEvents } from "../../../shared/providers/ingest-events.ts";
import { createOpenSeaProvider } from "../../../shared/providers/opensea/provider.ts";
import type { Cursor } from "../../../shared/providers/provider.ts";
import { pollCollection } from "../../../workers/market/polling/poll-collection.ts";
import { NOW, NOW_S, restSale, SLUG, streamSale } from "../../support/opensea/build.ts";
import { memoryGate } from "../../support/opensea/gate.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { startOpenSeaRest } from "../../support/opensea/rest-server.ts";
import { memoryRoom } from "../../support/opensea/room.ts";
import { startOpenSeaStream } from "../../support/opensea/stream-server.ts";

const KEY = "a-test-key";
/** Time runs faster here, so that seconds of back-off are milliseconds of test. */
const SPEED = 20;
const WAIT = { timeout: 30_000, interval: 5 };

vi.setConfig({ testTimeout: 20_000 });

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** The whole path: both stand-ins, a real socket, the gate, the provider, the poller and a room. */
async function aMarket(version: PhoenixVersion) {
  const began = performance.now();
  const now = () => NOW + Math.floor((performance.now() - began) * SPEED);
  const rest = await startOpenSeaRest(KEY, NOW_S + 3600);
  const stream = await startOpenSeaStream(KEY, version);
  const room = memoryRoom();
  const { log, lines } = recordLog();
  const gate = memoryGate(now);
  const provider = createOpenSeaProvider({
    endpoint: { api_url: rest.url, api_key: KEY },
    call: (request, read) => callProvider(gate, fetch, request, { timeoutMs: 2_000, now, read }),
    now,
    log,
  });
  let cursor: Cursor | null = null;
  const poll = async (slug: string) => {
    await pollCollection(
      {
        provider,
        now,
        log,
        cursors: {
          load: async () => cursor,
          store: async (_slug, _from, to) => {
            cursor = to;
            return true;
          },
        },
        ingest: (_slug, events) => ingestEvents(room, slug, events, beginWork(log, null)),
      },
      slug,
    );
  };
  let socket: OutgoingSocket | null = null;
  const feed: OpenSeaFeed = new OpenSeaFeed(
    {
      now,
      random: () => 0,
      log,
      connect: () => {
        socket = openSocket(streamUrl(stream.url, KEY), {
          opened: () => feed.connection.opened(),
          received: (text) => feed.connection.received(text),
          closed: (reason) => feed.connection.closed(reason),
        });
      },
      send: (text) => socket?.send(text),
      disconnect: (reason) => socket?.close(reason),
      ingest: async (slug, events, work) => void (await ingestEvents(room, slug, events, work)),
      backfill: async (slugs) => {
        for (const slug of slugs) await poll(slug);
      },
      lookUpOrder: (order) => provider.lookUpOrder(order),
    },
    version,
  );
  const ticking = setInterval(() => void feed.tick(), 5);
  closers.push(
    () => rest.close(),
    () => stream.close(),
    () => feed.stop(),
    () => clearInterval(ticking),
  );
  rest.events.set(SLUG, []);
  /** A sale happens: REST has it, and the Stream tells it as often as asked, to whoever is there. */
  const sell = (number: number, times: number) => {
    const at = NOW_S + 1 + (number % 5);
    rest.events.get(SLUG)?.push({ at, shown_at: at, body: restSale(number, at) });
    for (let time = 0; time < times; time += 1) stream.tell(SLUG, streamSale(number, at));
  };
  const tokens = () => room.events.map(({ token_id }) => Number(token_id)).sort((a, b) => a - b);
  /** Waits until the topic was granted so many times in all, and the client knows. */
  const joined = (times: number) =>
    vi.waitFor(() => {
      expect(stream.joins).toBe(times);
      expect(feed.status().joined).toEqual([SLUG]);
    }, WAIT);
  return { rest, stream, room, feed, lines, sell, tokens, joined };
}

describe.each([[1], [2]] as const)("a feed over Phoenix version %i", (version) => {
  it("has every sale once, over lost connections, lost and doubled messages and junk", async () => {
    const { rest, stream, room, feed, sell, tokens, joined } = await aMarket(version);
    feed.follow([SLUG]);
    await joined(1);
    sell(1, 1);
    sell(2, 2);
    sell(3, 0);
    stream.sendText("not a frame");
    await vi.waitFor(() => expect(tokens()).toEqual([1, 2, 3]), WAIT);

    stream.drop();
    for (const number of [4, 5, 6]) sell(number, 1);
    await joined(2);
    sell(7, 1);
    await vi.waitFor(() => expect(tokens()).toEqual([1, 2, 3, 4, 5, 6, 7]), WAIT);
    expect(stream.connections).toBe(2);
    expect(room.duplicates).toBeGreaterThan(0);
    expect(rest.violations).toEqual([]);
  });
});

describe("a feed", () => {
  it("fills the hole that a crashed topic leaves", async () => {
    const { stream, feed, sell, tokens, joined } = await aMarket(2);
    feed.follow([SLUG]);
    await joined(1);
    stream.crash(`collection:${SLUG}`);
    sell(1, 1);
    await joined(2);
    await vi.waitFor(() => expect(tokens()).toEqual([1]), WAIT);
    expect(stream.connections).toBe(1);
  });

  it("keeps trying where its key is refused, and never says the key", async () => {
    const { stream, feed, lines } = await aMarket(2);
    stream.url = stream.url.replace("/socket/", "/elsewhere/");
    feed.follow([SLUG]);
    const failures = () => lines.filter(({ message }) => message === "feed disconnected").length;
    await vi.waitFor(() => expect(failures()).toBeGreaterThan(2), WAIT);
    expect(feed.status().last_error).not.toBeNull();
    expect(JSON.stringify(lines)).not.toContain(KEY);
  });

  it("keeps asking for its back-fill while REST is down", async () => {
    const { rest, feed, sell, tokens, joined } = await aMarket(2);
    sell(1, 0);
    rest.faults.push({ status: 500 }, { status: 503 });
    feed.follow([SLUG]);
    await joined(1);
    await vi.waitFor(() => expect(tokens()).toEqual([1]), WAIT);
  });
});
