import { describe, expect, it } from "vitest";
import type { MarketEventInput } from "../../../../shared/contracts/market.ts";
import { AppError } from "../../../../shared/platform/errors.ts";
import { createOpenSeaProvider } from "../../../../shared/providers/opensea/provider.ts";
import type { Cursor } from "../../../../shared/providers/provider.ts";
import {
  bestListing,
  collectionReply,
  hash,
  NOW,
  NOW_S,
  restSale,
  SLUG,
  statsReply,
} from "../../../support/opensea/build.ts";
import { recordLog } from "../../../support/opensea/log.ts";

type Answer = (url: URL) => unknown;

/** The provider in front of a function that answers by path; requests are kept. */
function anOpenSea(answers: { events?: Answer; best?: Answer; other?: Answer }) {
  const clock = { now: NOW };
  const asked: URL[] = [];
  const { log, lines } = recordLog();
  const provider = createOpenSeaProvider({
    endpoint: { api_url: "https://api.opensea.test/", api_key: "secret-key" },
    now: () => clock.now,
    log,
    call: async (request, read) => {
      const url = new URL(request.url);
      asked.push(url);
      const answer = url.pathname.includes("/events/")
        ? answers.events
        : url.pathname.includes("/best")
          ? answers.best
          : answers.other;
      const body =
        answer?.(url) ?? (url.pathname.includes("/best") ? { listings: [] } : { asset_events: [] });
      return read(typeof body === "string" ? body : JSON.stringify(body));
    },
  });
  /** Polls until the round is over. */
  const round = async (since: Cursor | null) => {
    const events: MarketEventInput[] = [];
    let cursor = since;
    for (let page = 0; page < 20; page += 1) {
      const result = await provider.poll(SLUG, cursor);
      events.push(...result.events);
      cursor = result.cursor;
      if (!result.more) break;
    }
    return { events, cursor };
  };
  return { provider, clock, asked, lines, round };
}

describe("the first round", () => {
  it("reads the open listings, then a day of sales, transfers and mints without listings", async () => {
    const { round, asked } = anOpenSea({
      best: () => ({ listings: [bestListing(1, "1000")] }),
      events: () => ({ asset_events: [restSale(2, NOW_S - 60)] }),
    });
    const { events } = await round(null);
    expect(events.map(({ kind }) => kind)).toEqual(["listing", "sale"]);
    expect(asked.map(({ pathname }) => pathname)).toEqual([
      `/api/v2/listings/collection/${SLUG}/best`,
      `/api/v2/events/collection/${SLUG}`,
    ]);
    expect(asked[1]?.searchParams.getAll("event_type")).toEqual(["sale", "transfer", "mint"]);
    expect(asked[1]?.searchParams.get("after")).toBe(String(NOW_S - 86_400));
  });

  it("asks for every type afterwards, from before the last window began", async () => {
    const { round, asked, clock } = anOpenSea({});
    const { cursor } = await round(null);
    clock.now += 60_000;
    await round(cursor);
    const last = asked.at(-1)?.searchParams;
    expect(last?.getAll("event_type")).toContain("listing");
    expect(last?.get("after")).toBe(String(NOW_S - 301));
  });

  it("hands the events of a page over oldest first", async () => {
    const { round } = anOpenSea({
      events: () => ({ asset_events: [restSale(2, NOW_S - 10), restSale(1, NOW_S - 20)] }),
    });
    expect((await round(null)).events.map(({ token_id }) => token_id)).toEqual(["1", "2"]);
  });
});

describe("a provider that lies", () => {
  it("loses only the bad events, and says how many and why", async () => {
    const { round, lines } = anOpenSea({
      events: () => ({
        asset_events: [
          restSale(1, NOW_S * 1000),
          restSale(2, NOW_S - 60),
          restSale(3, NOW_S * 1000),
          { event_type: 1 },
        ],
      }),
    });
    expect((await round(null)).events.map(({ token_id }) => token_id)).toEqual(["2"]);
    const skipped = lines.filter(({ message }) => message === "provider events skipped");
    expect(skipped).toMatchObject([
      { level: "warn", reason: "time_out_of_range", count: 2, collection: SLUG },
      { level: "warn", reason: "unreadable", count: 1 },
    ]);
  });

  it("goes on with events where only the best listings fail, and tries those again after a minute", async () => {
    let best = 0;
    const { round, clock, lines } = anOpenSea({
      best: () => {
        best += 1;
        if (best === 1) throw new AppError("provider_failed", "500");
        return { listings: [bestListing(1, "1000")] };
      },
      events: () => ({ asset_events: [restSale(2, NOW_S - 60)] }),
    });
    const first = await round(null);
    expect(first.events.map(({ kind }) => kind)).toEqual(["sale"]);
    expect(lines.some(({ message }) => message === "best listings not read")).toBe(true);
    clock.now += 60_000;
    expect((await round(first.cursor)).events.map(({ kind }) => kind)).toContain("listing");
  });

  it("throws where the events fail, so that the cursor stays", async () => {
    const { provider, round } = anOpenSea({
      events: () => {
        throw new AppError("rate_limited", "429");
      },
    });
    const book = await provider.poll(SLUG, null);
    await expect(round(book.cursor)).rejects.toMatchObject({ code: "rate_limited" });
  });

  it("refuses a cursor that it did not write", async () => {
    const { provider } = anOpenSea({});
    await expect(async () => provider.poll(SLUG, { v: 7 })).rejects.toMatchObject({ code: "internal" });
  });
});

describe("listings that go and come back", () => {
  it("closes one that nobody cancelled aloud, and opens it again under a new key", async () => {
    let open = [1, 2];
    const { round, clock } = anOpenSea({
      best: () => ({ listings: open.map((number) => bestListing(number, `${number}000`)) }),
    });
    let cursor = (await round(null)).cursor;
    const later = async (minutes: number) => {
      clock.now += minutes * 60_000;
      const result = await round(cursor);
      cursor = result.cursor;
      return result.events.map(({ kind, event_key }) => `${kind} ${event_key}`);
    };
    open = [2];
    expect(await later(10)).toEqual([]);
    expect(await later(1)).toEqual([`cancel cancel:${hash(1_000_001)}`]);
    open = [1, 2];
    expect(await later(10)).toEqual([`listing revalidate:${hash(1_000_001)}:${clock.now}`]);
    expect(await later(10)).toEqual([]);
  });

  it("does not call a listing cancelled whose sale it read", async () => {
    let open = [1, 2];
    let sales: unknown[] = [];
    const { round, clock } = anOpenSea({
      best: () => ({ listings: open.map((number) => bestListing(number, `${number}000`)) }),
      events: () => ({ asset_events: sales }),
    });
    let cursor = (await round(null)).cursor;
    const kinds: string[] = [];
    open = [2];
    sales = [restSale(1, NOW_S + 30)];
    for (let minute = 0; minute < 15; minute += 1) {
      clock.now += 60_000;
      const result = await round(cursor);
      cursor = result.cursor;
      kinds.push(...result.events.map(({ kind }) => kind));
    }
    expect(kinds).toContain("sale");
    expect(kinds).not.toContain("cancel");
  });
});

describe("single questions", () => {
  it("describes a collection and its stats", async () => {
    const { provider, asked } = anOpenSea({
      other: (url) => (url.pathname.endsWith("/stats") ? statsReply({ floor_price: 0 }) : collectionReply()),
    });
    expect(await provider.collection(SLUG)).toMatchObject({ name: "Argonauts", supply: "8888" });
    expect(await provider.stats(SLUG)).toMatchObject({
      floor: null,
      owners: 1000,
      as_of: new Date(NOW).toISOString(),
    });
    expect(asked.map(({ pathname }) => pathname)).toEqual([
      `/api/v2/collections/${SLUG}`,
      `/api/v2/collections/${SLUG}/stats`,
    ]);
  });

  const order = {
    collection: SLUG,
    chain: "ethereum",
    protocol_address: "0x00",
    order_hash: hash(1_000_001),
    event_key: `revalidate:${hash(1_000_001)}:v3`,
    occurred_at: new Date(NOW).toISOString(),
  };

  it("looks a revalidated order up and opens it under the key of its return", async () => {
    const { provider, asked } = anOpenSea({ other: () => ({ order: bestListing(1, "1000") }) });
    expect(await provider.lookUpOrder(order)).toMatchObject({
      event_key: order.event_key,
      price: "0.000000000000001",
    });
    expect(asked[0]?.pathname).toBe(`/api/v2/orders/chain/ethereum/protocol/0x00/${hash(1_000_001)}`);
  });

  it("opens nothing where the order is no open listing after all", async () => {
    const { provider } = anOpenSea({
      other: () => ({ order: bestListing(1, "1000", { status: "CANCELLED" }) }),
    });
    expect(await provider.lookUpOrder(order)).toBeNull();
  });

  it("never puts the key into an address", async () => {
    const { round, asked } = anOpenSea({});
    await round(null);
    expect(asked.length).toBeGreaterThan(0);
    for (const url of asked) expect(url.href).not.toContain("secret-key");
  });
});
