import { sql } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { CollectionStats, NftDetail } from "../../../../shared/contracts/collections.ts";
import { readRows } from "../../../../shared/db/rows.ts";
import { addMoney, compareMoney } from "../../../../shared/domain/money.ts";
import type { FlushEvent } from "../../../../shared/market/flush-batch.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { BACKENDS, type OpenDatabase, openTestDatabase } from "../../../support/database.ts";
import { aBatch } from "../../../support/flush.ts";
import { readHistory, readPublishedFigures, whyNoHistories } from "../../../support/histories.ts";
import { countAll, readCounted } from "../../../support/market-model.ts";
import { readingApp } from "../../../support/reading.ts";

const NOW = Date.parse("2021-04-01T00:00:00Z");
const ALL = "from=2017-01-01&to=2021-04-01";
const BATCH = 1_000;

interface History {
  slug: string;
  events: FlushEvent[];
}

/** The same batches, the later ones first and every third twice. */
function disorder(batches: FlushEvent[][]): FlushEvent[][] {
  return batches.toReversed().flatMap((batch, index) => (index % 3 === 0 ? [batch, batch] : [batch]));
}

describe.each(BACKENDS)("real sales histories, on $backend", ({ backend, skipped }) => {
  const reason = skipped ?? whyNoHistories;
  if (reason !== undefined) {
    it.skip(`cannot be tried: ${reason}`);
    return;
  }
  let database: OpenDatabase;
  const histories: History[] = [];
  const history = (slug: string) => {
    const found = histories.find((candidate) => candidate.slug === slug);
    if (found === undefined) throw new Error(`no history is called ${slug}`);
    return found.events;
  };
  const app = () => readingApp(database.db, () => NOW);
  const stats = (slug: string, query = ALL) =>
    app().get(`/collections/${slug}/stats?${query}`, CollectionStats);
  const nft = (id: string) => app().get(`/collections/punks/nfts/${id}?order=asc&limit=500`, NftDetail);

  beforeAll(async () => {
    database = await openTestDatabase(backend);
    histories.push(
      { slug: "punks", events: await readHistory("cryptopunks-onchain.csv", "punks") },
      { slug: "punks-usd", events: await readHistory("cryptopunks-usd.csv", "punks-usd") },
      {
        slug: "mooncats",
        events: await readHistory("mooncats-adoptions.csv", "mooncats", { kind_without_price: "transfer" }),
      },
    );
    for (const { events } of histories) {
      const batches: FlushEvent[][] = [];
      for (let i = 0; i < events.length; i += BATCH) batches.push(events.slice(i, i + BATCH));
      for (const batch of disorder(batches))
        await storeEvents(database.db, aBatch(batch, { currency: "ETH" }));
    }
  }, 120_000);
  afterAll(() => database.close());

  it.each([
    ["punks", 9424, 9424],
    ["punks-usd", 10_912, 10_912],
    ["mooncats", 10_527, undefined],
  ])("%s: every row is one event, and every sale is counted once", async (slug, rows, sales) => {
    const [stored] = await readRows(
      database.db,
      sql`select count(*)::int as events, (count(*) filter (where kind = 'sale'))::int as sales
        from market_events where collection_id = (select id from collections where slug = ${slug})`,
      z.object({ events: z.number(), sales: z.number() }),
    );
    expect(stored?.events).toBe(rows);
    const figures = await stats(slug);
    expect(figures.sales).toBe(stored?.sales);
    if (sales !== undefined) expect(figures.sales).toBe(sales);
  });

  it.each(["punks", "punks-usd", "mooncats"])(
    "%s: out of order and doubled, counts the same as the long way round",
    async (slug) => {
      expect(await readCounted(database.db, slug)).toEqual(countAll(history(slug)));
    },
    60_000,
  );

  it.each(["minute", "hour", "day"])("rollups of each %s add up to the events themselves", async (grain) => {
    const Sums = z.object({
      slug: z.string(),
      sales: z.string(),
      priced: z.string(),
      volume: z.string(),
      usd: z.string(),
    });
    const rolled = await readRows(
      database.db,
      sql`select c.slug, sum(r.sales)::text as sales, sum(r.priced_sales)::text as priced,
          trim_scale(sum(r.volume)) as volume, trim_scale(sum(r.volume_usd)) as usd
        from rollups r join collections c on c.id = r.collection_id where r.grain = ${grain} group by 1 order by 1`,
      Sums,
    );
    const raw = await readRows(
      database.db,
      sql`select c.slug, count(*)::text as sales, count(e.price)::text as priced,
          trim_scale(sum(e.total_price)) as volume, trim_scale(coalesce(sum(e.price_usd * e.quantity), 0)) as usd
        from market_events e join collections c on c.id = e.collection_id where e.kind = 'sale' group by 1 order by 1`,
      Sums,
    );
    expect(rolled).toEqual(raw);
    expect(rolled).toHaveLength(3);
  });

  it("counts 9 punk sales whose price nobody recorded as sales, and not as gifts", async () => {
    const days = await stats("punks", "from=2020-10-03&to=2020-10-05");
    const recorded = history("punks").filter(({ occurred_at }) => /^2020-10-0[34]/.test(occurred_at));
    const unpriced = recorded.filter(({ price }) => price === null);
    expect(unpriced).toHaveLength(9);
    expect(days.sales).toBe(recorded.length);
    expect(days.figures.volume.known_sales).toBe(recorded.length - 9);
    expect(compareMoney(days.lowest_price ?? "0", "0")).toBe(1);
  });

  it("knows as many buyers as the history names, and no giant wallet at the zero address", async () => {
    const buyers = new Set(history("punks").map(({ to }) => to));
    expect(buyers.has(null)).toBe(true);
    buyers.delete(null);
    const { unique_buyers, figures, sales } = await stats("punks");
    expect(unique_buyers).toBe(buyers.size);
    expect(figures.unique_buyers.known_sales).toBe(history("punks").filter(({ to }) => to !== null).length);
    expect(figures.unique_buyers.known_sales).toBeLessThan(sales);
    const wallets = await readRows(
      database.db,
      sql`select 1 from wallet_days where address ~ '^0x0+$'`,
      z.unknown(),
    );
    expect(wallets).toEqual([]);
  });

  it("adds up prices to the last wei", async () => {
    const prices = history("punks").flatMap(({ total_price }) => total_price ?? []);
    expect((await stats("punks")).volume).toBe(addMoney(...prices));
  });

  it("reproduces the figures that were published", async () => {
    const published = await readPublishedFigures();
    expect(published.map(({ id }) => id)).toEqual(["P1", "P2", "P3", "P4", "P5", "P6", "P7"]);
    for (const { subject, metric, value, as_of } of published) {
      const token = /#(\d+)$/.exec(subject)?.[1];
      const sales =
        token === undefined ? [] : (await nft(token)).history.data.filter(({ kind }) => kind === "sale");
      if (metric === "sale_price")
        expect(sales.find(({ occurred_at }) => occurred_at.startsWith(as_of))?.price, subject).toBe(value);
      else if (metric === "previous_sale_price")
        expect(sales.find(({ occurred_at }) => occurred_at.startsWith(as_of))?.price, subject).toBe(value);
      else {
        const { volume_usd } = await stats("punks-usd", `from=2017-06-23&to=${as_of}`);
        expect(compareMoney(volume_usd ?? "", value.replace("< ", ""))).toBe(-1);
      }
    }
  });

  it("finds the sale that was the highest ever at its time", async () => {
    expect(await stats("punks", "from=2017-01-01&to=2020-05-24T05:00:00Z")).toMatchObject({
      highest_price: "85",
    });
    expect(await stats("punks", "from=2017-01-01&to=2020-05-25")).toMatchObject({ highest_price: "100" });
    expect(await stats("punks")).toMatchObject({ highest_price: "4200", last_price: expect.any(String) });
    // The seller took a bid: the marketplace's event names no buyer.
    expect(await nft("3100")).toMatchObject({ last_sale: { price: "4200", to: null }, holder: null });
  });
});
