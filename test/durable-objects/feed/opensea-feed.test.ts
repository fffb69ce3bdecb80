import { describe, expect, it } from "vitest";
import { OpenSeaFeed } from "../../../durable-objects/feed/opensea-feed.ts";
import type { MarketEventInput } from "../../../shared/contracts/market.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import { normaliseListing } from "../../../shared/providers/opensea/listing.ts";
import { bestListing, hash, NOW, NOW_S, SLUG, streamOrder, streamSale } from "../../support/opensea/build.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { recordedText } from "../../support/opensea/recorded.ts";

/** A feed whose socket and clock are this test. */
function aFeed() {
  const clock = { now: NOW };
  const { log, lines } = recordLog();
  const sent: string[] = [];
  const backfills: string[][] = [];
  const ingested: MarketEventInput[] = [];
  const look: { up: () => Promise<MarketEventInput | null> } = { up: async () => null };
  const feed = new OpenSeaFeed({
    now: () => clock.now,
    random: () => 0,
    log,
    connect: () => undefined,
    send: (text) => sent.push(text),
    disconnect: () => undefined,
    ingest: async (_slug, events) => {
      ingested.push(...events);
    },
    backfill: async (slugs) => {
      backfills.push(slugs);
    },
    lookUpOrder: () => look.up(),
  });
  const open = async (...slugs: string[]) => {
    feed.follow(slugs);
    feed.connection.opened();
    for (const text of sent.splice(0)) {
      const [ref, , topic] = JSON.parse(text);
      feed.connection.received(
        JSON.stringify([ref, ref, topic, "phx_reply", { status: "ok", response: {} }]),
      );
    }
  };
  const tell = (message: Record<string, unknown>, topic = `collection:${SLUG}`) =>
    feed.connection.received(JSON.stringify(["1", null, topic, message.event_type, message]));
  const later = async (ms: number) => {
    clock.now += ms;
    await feed.tick();
  };
  return { feed, clock, lines, backfills, ingested, look, open, tell, later };
}

describe("the OpenSea feed", () => {
  it("asks REST once to read what may be missing, when its topics have joined", async () => {
    const { backfills, open, later } = aFeed();
    await open("b", "a");
    await later(499);
    expect(backfills).toEqual([]);
    await later(1);
    expect(backfills).toEqual([["a", "b"]]);
    await later(10_000);
    expect(backfills.length).toBe(1);
  });

  it("asks again after every reconnect and rejoin", async () => {
    const { feed, backfills, open, later } = aFeed();
    await open(SLUG);
    await later(500);
    feed.connection.closed("closed with 1006");
    await later(1_000);
    await open(SLUG);
    await later(500);
    expect(backfills).toEqual([[SLUG], [SLUG]]);
  });

  it("hands on what is late, out of order and doubled: the room knows best", async () => {
    const { ingested, open, tell, later } = aFeed();
    await open(SLUG);
    for (const [number, at] of [
      [2, NOW_S - 5],
      [1, NOW_S - 97],
      [2, NOW_S - 5],
    ] as const)
      tell(streamSale(number, at));
    await later(0);
    expect(ingested.map(({ token_id }) => token_id)).toEqual(["2", "1", "2"]);
    expect(new Set(ingested.map(({ event_key }) => event_key)).size).toBe(2);
  });

  it("finds the collection in a message of every collection, and passes over those not followed", async () => {
    const { feed, ingested, open, tell, later } = aFeed();
    await open(SLUG);
    tell(streamSale(1, NOW_S - 5), "collection:*");
    feed.connection.received(recordedText("stream-sale-v1-2023-05.json"));
    tell(streamSale(2, NOW_S - 5, { collection: { slug: "others" } }));
    await later(0);
    expect(ingested.map(({ token_id }) => token_id)).toEqual(["1"]);
  });

  it("opens a revalidated order again, as REST describes it", async () => {
    const { ingested, look, open, tell, later } = aFeed();
    look.up = async () =>
      normaliseListing(bestListing(7, "1000"), SLUG, NOW, {
        event_key: `revalidate:${hash(1_000_007)}:v3`,
        occurred_at: new Date(NOW).toISOString(),
      });
    await open(SLUG);
    tell(streamOrder("order_invalidate", 7, NOW_S - 9, {}));
    tell({ ...streamOrder("order_revalidate", 7, NOW_S - 5), version: 3 });
    await later(0);
    await later(0);
    expect(ingested.map(({ kind, order_id }) => [kind, order_id])).toEqual([
      ["cancel", hash(1_000_007)],
      ["listing", hash(1_000_007)],
    ]);
  });

  it("waits with looking an order up as long as the gate asks for", async () => {
    const { look, open, tell, later, ingested } = aFeed();
    let asked = 0;
    look.up = async () => {
      asked += 1;
      if (asked === 1) throw new AppError("rate_limited", "quota", { headers: { "retry-after": "20" } });
      return normaliseListing(bestListing(7, "1000"), SLUG, NOW);
    };
    await open(SLUG);
    tell(streamOrder("order_revalidate", 7, NOW_S - 5));
    await later(0);
    await later(19_000);
    expect(asked).toBe(1);
    await later(1_000);
    await later(0);
    expect([asked, ingested.length]).toEqual([2, 1]);
  });

  it("counts junk and lies, and says so once a minute instead of once a frame", async () => {
    const { feed, lines, open, tell, later, ingested } = aFeed();
    await open(SLUG);
    for (let time = 0; time < 50; time += 1) {
      feed.connection.received("{ junk");
      tell(streamSale(1, NOW_S * 1000));
    }
    tell(streamSale(2, NOW_S - 5));
    const skipped = () => lines.filter(({ message }) => message === "provider events skipped");
    await later(59_000);
    expect(skipped()).toEqual([]);
    await later(1_000);
    expect(skipped()).toMatchObject([
      { reason: "unreadable", count: 50 },
      { reason: "time_out_of_range", count: 50, collection: SLUG },
    ]);
    expect(ingested.length).toBe(1);
  });

  it("says how it is", async () => {
    const { feed, open, tell, clock } = aFeed();
    expect(feed.status()).toEqual({ state: "idle", joined: [], last_event_at: null, last_error: null });
    await open(SLUG);
    tell(streamSale(1, NOW_S - 5));
    expect(feed.status()).toEqual({
      state: "open",
      joined: [SLUG],
      last_event_at: new Date(clock.now).toISOString(),
      last_error: null,
    });
    feed.stop();
    expect(feed.status().state).toBe("idle");
  });
});
