import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { CollectionDetail, CollectionPage } from "../../../../shared/contracts/collections.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent, flushEvents } from "../../../support/flush.ts";
import { readingApp } from "../../../support/reading.ts";

const NOW = Date.parse("2026-01-10T12:00:30Z");
const ago = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

interface Told {
  sales?: string[];
  floor?: string;
  floor_yesterday?: string;
  updated_hours_ago?: number;
}

describeOnEachBackend("GET /collections", (backend) => {
  let now = () => NOW;
  const app = () => readingApp(backend.db, () => now());
  const list = (query = "") => app().get(`/collections${query}`, CollectionPage);
  const slugs = async (query: string) => (await list(query)).data.map(({ slug }) => slug);

  /** A collection with a sale an hour ago for each price, and floors as named. */
  async function tell(slug: string, { sales = [], floor, floor_yesterday, updated_hours_ago = 0 }: Told) {
    const events = await flushEvents(
      sales.map((price) => ({ event_key: `${slug}-${price}`, collection: slug, price, occurred_at: ago(1) })),
    );
    if (floor_yesterday !== undefined)
      events.push(
        await aFlushEvent(
          events.length + 1,
          { event_key: `${slug}-listing`, collection: slug, kind: "listing", occurred_at: ago(30) },
          { floor: { cause: "new_listing", floor: aFloor({ price: floor_yesterday }) } },
        ),
      );
    const state = {
      floor: floor === undefined ? null : aFloor({ price: floor }),
      updated_at: ago(updated_hours_ago),
    };
    await storeEvents(backend.db, aBatch(events, { collection: slug, currency: "ETH", state }));
  }

  it("gives each collection its floor, its last price and its last day, and where they come from", async () => {
    const events = await flushEvents([
      { price: "9", occurred_at: ago(25) },
      { price: "2", source: "opensea", occurred_at: ago(3) },
      { price: "1.50", currency: "WETH", quantity: "2", occurred_at: ago(2) },
      { price: null, currency: null, occurred_at: ago(1) },
    ]);
    const listing = await aFlushEvent(
      5,
      { kind: "listing", price: "4", occurred_at: ago(40) },
      { floor: { cause: "new_listing", floor: aFloor({ price: "4" }) } },
    );
    const state = { floor: aFloor({ price: "5.0" }), listed_count: 7, updated_at: ago(0.5) };
    await storeEvents(backend.db, aBatch([...events, listing], { state }));
    const { data, next_cursor } = await list();
    expect(next_cursor).toBeNull();
    expect(data).toMatchObject([
      {
        slug: "punks",
        name: "punks",
        simulated: false,
        currency: "ETH",
        floor: "5",
        last_price: "1.5",
        last_sale_at: ago(2),
        volume_24h: "5",
        sales_24h: 3,
        change_24h: "25",
        listed_count: 7,
        updated_at: ago(0.5),
        sources: ["opensea", "push"],
        figures: {
          floor: { basis: "item", currency: "ETH", sources: ["push"], as_of: ago(0.5), age_ms: 1_800_000 },
          last_price: { basis: "item", currency: "ETH", as_of: ago(2) },
          volume_24h: { basis: "total", currency: "ETH", sources: ["opensea", "push"], known_sales: 2 },
          sales_24h: { basis: "count", currency: null, known_sales: 3 },
          change_24h: { basis: "percent" },
        },
      },
    ]);
  });

  it("says nothing of what is not known", async () => {
    await backend.db.execute(
      sql`insert into collections (id, slug, name, source) values ('col_1', 'quiet', 'Quiet', 'opensea')`,
    );
    expect((await list()).data).toMatchObject([
      {
        slug: "quiet",
        currency: null,
        floor: null,
        last_price: null,
        last_sale_at: null,
        volume_24h: null,
        sales_24h: 0,
        change_24h: null,
        listed_count: null,
        updated_at: null,
        sources: [],
        figures: { floor: { as_of: null, age_ms: null }, volume_24h: { as_of: null } },
      },
    ]);
  });

  it("compares no floor with one in another currency", async () => {
    const listing = await aFlushEvent(
      1,
      { kind: "listing", price: "3000", currency: "USDC", occurred_at: ago(30) },
      { floor: { cause: "new_listing", floor: aFloor({ price: "3000", currency: "USDC" }) } },
    );
    await storeEvents(
      backend.db,
      aBatch([listing], { state: { floor: aFloor({ price: "1" }), updated_at: ago(0) } }),
    );
    expect((await list()).data).toMatchObject([{ floor: "1", change_24h: null }]);
  });

  it("sorts by any of its figures; what is not known stands last in either order", async () => {
    await tell("alpha", { sales: ["1"], floor: "3", floor_yesterday: "2", updated_hours_ago: 0.1 });
    await tell("beta", { sales: ["5", "6"], floor: "1", floor_yesterday: "2", updated_hours_ago: 0.3 });
    await tell("gamma", { floor: "20", updated_hours_ago: 0.2 });
    await tell("delta", { sales: ["2"], updated_hours_ago: 0.4 });
    expect(await slugs("")).toEqual(["beta", "delta", "alpha", "gamma"]);
    expect(await slugs("?sort=volume&order=asc")).toEqual(["alpha", "delta", "beta", "gamma"]);
    expect(await slugs("?sort=floor")).toEqual(["gamma", "alpha", "beta", "delta"]);
    expect(await slugs("?sort=floor&order=asc")).toEqual(["beta", "alpha", "gamma", "delta"]);
    expect(await slugs("?sort=change")).toEqual(["alpha", "beta", "delta", "gamma"]);
    expect(await slugs("?sort=name")).toEqual(["alpha", "beta", "delta", "gamma"]);
    expect(await slugs("?sort=name&order=desc")).toEqual(["gamma", "delta", "beta", "alpha"]);
    expect(await slugs("?sort=updated")).toEqual(["alpha", "gamma", "beta", "delta"]);
  });

  it.each(["volume", "floor", "change", "name", "updated"])(
    "pages by %s through every collection exactly once, though sales go on and others join",
    async (sort) => {
      for (let i = 0; i < 7; i++)
        await tell(`c${i}`, {
          sales: i % 3 === 0 ? [] : [String(i % 2)],
          ...(i % 3 !== 1 && { floor: String(i % 2 === 0 ? 2 : 3), floor_yesterday: "2" }),
        });
      const all = await slugs(`?sort=${sort}`);
      const found: string[] = [];
      let cursor = "";
      for (let page = 0; ; page++) {
        const { data, next_cursor } = await list(`?sort=${sort}&limit=2${cursor}`);
        found.push(...data.map(({ slug }) => slug));
        if (next_cursor === null) break;
        cursor = `&cursor=${next_cursor}`;
        // A minute later, what was sold since would turn the order round.
        now = () => NOW + 60_000 * (page + 1);
        const late = await flushEvents(
          [
            {
              event_key: `late-${page}`,
              collection: "c0",
              price: "50",
              occurred_at: new Date(now()).toISOString(),
            },
          ],
          100 + page,
        );
        if (sort === "volume") await storeEvents(backend.db, aBatch(late, { state: { updated_at: ago(0) } }));
      }
      now = () => NOW;
      expect(found).toEqual(all);
      expect(new Set(found).size).toBe(7);
    },
  );

  it("finds by a part of name or slug and by the contract, and takes no sign for a pattern", async () => {
    await tell("crypto-punks", {});
    await tell("cats", {});
    await backend.db.execute(
      sql`update collections set name = '100% Cats', contract = '0xAbC' where slug = 'cats'`,
    );
    expect(await slugs("?search=PUNK")).toEqual(["crypto-punks"]);
    expect(await slugs("?search=0%25%20c")).toEqual(["cats"]);
    expect(await slugs("?search=%25")).toEqual(["cats"]);
    expect(await slugs("?search=_")).toEqual([]);
    expect(await slugs("?search=%5C")).toEqual([]);
    expect(await slugs("?search=0xabc")).toEqual(["cats"]);
    expect(await slugs("?search=nothing")).toEqual([]);
  });

  it.each([
    ["?sort=price", "?sort", "must be one of volume, floor, change, name, updated"],
    ["?order=up", "?order", "must be one of asc, desc"],
    ["?limit=101", "?limit", "must be a whole number from 1 to 100"],
    ["?search=", "?search", "must not be empty"],
    ["?cursor=x", "?cursor", expect.stringContaining("is not a cursor of this list")],
    ["?page=2", "?page", "is no parameter here; there are search, sort, order, limit, cursor"],
  ])("refuses %s and says what would be right", async (query, pointer, message) => {
    expect(await app().problem(`/collections${query}`)).toMatchObject({
      status: 422,
      errors: [{ pointer, message }],
    });
  });

  it("gives one collection with its description, the listing behind its floor and how far it can be read", async () => {
    await tell("punks", { sales: ["2"], floor: "3" });
    await backend.db.execute(
      sql`update collections set name = 'CryptoPunks', description = 'ten thousand', supply = 10000, source = 'opensea'`,
    );
    expect(await app().get("/collections/punks", CollectionDetail)).toMatchObject({
      slug: "punks",
      name: "CryptoPunks",
      description: "ten thousand",
      supply: "10000",
      described_by: "opensea",
      floor: "3",
      floor_listing: aFloor({ price: "3" }),
      position: { epoch: "ep_1", seq: 1 },
      volume_24h: "2",
    });
    expect((await app().get("/collections/punks", CollectionDetail)).provider_stats).toBeNull();
    expect(await app().problem("/collections/nobody")).toMatchObject({ status: 404, code: "not_found" });
    expect(await app().problem("/collections/No%20Body")).toMatchObject({
      status: 422,
      errors: [{ pointer: "path:slug" }],
    });
  });

  it("gives the provider's own figures beside ours, with their source and age", async () => {
    await tell("stated", { sales: ["2"], floor: "3" });
    const stats = {
      source: "opensea",
      floor: "2.9",
      floor_currency: "ETH",
      owners: 3500,
      total_sales: null,
      total_volume: "1234.5",
      as_of: ago(1),
    };
    await backend.db.execute(sql`update collections set provider_stats = ${JSON.stringify(stats)}::jsonb`);
    const { floor, provider_stats } = await app().get("/collections/stated", CollectionDetail);
    expect(floor).toBe("3");
    const stated = { sources: ["opensea"], as_of: ago(1), age_ms: 3_600_000, known_sales: null };
    expect(provider_stats).toEqual({
      source: "opensea",
      floor: "2.9",
      owners: 3500,
      total_sales: null,
      total_volume: "1234.5",
      figures: {
        floor: { ...stated, basis: "item", currency: "ETH" },
        owners: { ...stated, basis: "count", currency: null },
        total_sales: {
          sources: [],
          basis: "count",
          currency: null,
          as_of: null,
          age_ms: null,
          known_sales: null,
        },
        total_volume: { ...stated, basis: "total", currency: null },
      },
    });
  });
});
