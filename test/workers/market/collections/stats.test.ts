import fc from "fast-check";
import { expect, it } from "vitest";
import { CollectionStats } from "../../../../shared/contracts/collections.ts";
import { addMoney, canonicalMoney, compareMoney, divideMoney } from "../../../../shared/domain/money.ts";
import type { FlushEvent } from "../../../../shared/market/flush-batch.ts";
import { storeEvents } from "../../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent, flushEvents } from "../../../support/flush.ts";
import { standing } from "../../../support/market-model.ts";
import { readingApp } from "../../../support/reading.ts";

const NOW = Date.parse("2026-01-10T12:00:00.500Z");
const ago = (hours: number) => new Date(NOW - hours * 3_600_000).toISOString();

/** The figures of a span, counted the long way round. */
function countSpan(events: FlushEvent[], from: number, to: number) {
  const inside = standing(events).filter(({ kind, occurred_at }) => {
    const at = Date.parse(occurred_at);
    return kind === "sale" && at >= from && at < to;
  });
  const priced = inside.filter(({ price, unit }) => price !== null && unit === "ETH");
  const prices = priced.map(({ price }) => canonicalMoney(price ?? "")).sort(compareMoney);
  const volume = addMoney(...priced.map(({ total_price }) => total_price ?? ""));
  const middle = [prices[Math.floor((prices.length - 1) / 2)], prices[Math.floor(prices.length / 2)]];
  const distinct = (addresses: (string | null)[]) => {
    const known = addresses.filter((address) => address !== null);
    return known.length === 0 && inside.length > 0 ? null : new Set(known).size;
  };
  return {
    sales: inside.length,
    items: addMoney(...inside.map(({ quantity }) => quantity)),
    volume: priced.length === 0 ? null : volume,
    average_price:
      priced.length === 0 ? null : divideMoney(volume, addMoney(...priced.map(({ quantity }) => quantity))),
    median_price: priced.length === 0 ? null : divideMoney(addMoney(middle[0] ?? "", middle[1] ?? ""), "2"),
    highest_price: prices.at(-1) ?? null,
    lowest_price: prices.at(0) ?? null,
    unique_buyers: distinct(inside.map(({ to }) => to)),
    unique_sellers: distinct(inside.map(({ from }) => from)),
  };
}

describeOnEachBackend("GET /collections/{slug}/stats", (backend) => {
  const app = () => readingApp(backend.db, () => NOW);
  const read = (query = "") => app().get(`/collections/punks/stats${query}`, CollectionStats);

  it("gives the figures of the last day where nothing is said", async () => {
    const events = await flushEvents([
      { price: "99", occurred_at: ago(24.01) },
      { price: "1", to: "0xb1", from: "0xs1", price_usd: "3000", occurred_at: ago(23.99) },
      { price: "2", currency: "WETH", to: "0xb2", from: "0xs1", source: "opensea", occurred_at: ago(2) },
      { price: "6", price_basis: "total", quantity: "2", to: "0xb1", from: "0xs2", occurred_at: ago(1) },
      { price: "500", currency: "USDC", to: "0xb3", from: "0xs3", occurred_at: ago(1) },
      { price: null, currency: null, to: null, from: "0xs3", occurred_at: ago(0.5) },
    ]);
    await storeEvents(backend.db, aBatch(events, { state: { floor: aFloor({ price: "1.10" }) } }));
    expect(await read()).toMatchObject({
      collection: "punks",
      range: "day",
      from: "2026-01-09T12:00:00.500Z",
      to: "2026-01-10T12:00:00.500Z",
      currency: "ETH",
      simulated: false,
      sales: 5,
      items: "6",
      volume: "9",
      volume_usd: "3000",
      floor: "1.1",
      last_price: "3",
      average_price: "2.25",
      median_price: "2",
      highest_price: "3",
      lowest_price: "1",
      unique_buyers: 3,
      unique_sellers: 3,
      volume_by_currency: [
        { currency: "ETH", sales: 3, volume: "9", volume_usd: "3000" },
        { currency: "USDC", sales: 1, volume: "500", volume_usd: null },
      ],
    });
  });

  it("says of each figure where it comes from, what it means, how old it is and on how many sales it rests", async () => {
    const events = await flushEvents([
      { price: "1", occurred_at: ago(3) },
      { price: "2", source: "opensea", occurred_at: ago(2) },
      { price: null, currency: null, to: null, source: "other", occurred_at: ago(1) },
    ]);
    await storeEvents(
      backend.db,
      aBatch(events, { state: { floor: aFloor({ source: "opensea" }), updated_at: ago(0.5) } }),
    );
    const { figures } = await read();
    const common = { as_of: ago(0.5), age_ms: 1_800_000 };
    expect(figures.sales).toEqual({
      ...common,
      sources: ["opensea", "other", "push"],
      basis: "count",
      currency: null,
      known_sales: 3,
    });
    expect(figures.volume).toEqual({
      ...common,
      sources: ["opensea", "push"],
      basis: "total",
      currency: "ETH",
      known_sales: 2,
    });
    expect(figures.average_price).toEqual({
      ...common,
      sources: ["opensea", "push"],
      basis: "item",
      currency: "ETH",
      known_sales: 2,
    });
    expect(figures.unique_buyers).toMatchObject({ basis: "count", known_sales: 2 });
    expect(figures.floor).toEqual({
      ...common,
      sources: ["opensea"],
      basis: "item",
      currency: "ETH",
      known_sales: null,
    });
    expect(figures.last_price).toMatchObject({ sources: ["opensea"], as_of: ago(2), age_ms: 7_200_000 });
  });

  it("knows that nothing was sold, and nothing of the price of nothing", async () => {
    await storeEvents(backend.db, aBatch(await flushEvents([{ price: "4", occurred_at: ago(48) }])));
    expect(await read()).toMatchObject({
      sales: 0,
      items: "0",
      volume: null,
      volume_usd: null,
      average_price: null,
      median_price: null,
      highest_price: null,
      floor: null,
      unique_buyers: 0,
      unique_sellers: 0,
      volume_by_currency: [],
      // The last sale is older than the span, and still the last.
      last_price: "4",
    });
    expect((await read("?from=2026-01-01&to=2026-01-08")).last_price).toBeNull();
  });

  it("takes the number of buyers for unknown where no sale names one", async () => {
    await storeEvents(backend.db, aBatch(await flushEvents([{ to: null, occurred_at: ago(1) }])));
    expect(await read()).toMatchObject({ sales: 1, unique_buyers: null, unique_sellers: 1 });
  });

  it("gives the floor at the end of the span, whatever has happened since", async () => {
    const move = (seq: number, hours: number, price: string | null) =>
      aFlushEvent(
        seq,
        { kind: "listing", occurred_at: ago(hours) },
        { floor: { cause: "new_listing", floor: price === null ? null : aFloor({ price }) } },
      );
    const moves = [
      await move(1, 72, "3"),
      await move(2, 48, "2.5"),
      await move(3, 30, null),
      await move(4, 1, "4"),
    ];
    await storeEvents(
      backend.db,
      aBatch(moves, { state: { floor: aFloor({ price: "4" }), updated_at: ago(0.1) } }),
    );
    const floorUntil = async (hours: number) => (await read(`?from=2025-12-01&to=${ago(hours)}`)).floor;
    expect(await floorUntil(73)).toBeNull();
    expect(await floorUntil(71)).toBe("3");
    expect(await floorUntil(48)).toBe("3");
    expect(await floorUntil(47.99)).toBe("2.5");
    expect(await floorUntil(29)).toBeNull();
    expect(await floorUntil(0)).toBe("4");
    expect((await read()).floor).toBe("4");
  });

  it("lets a late listing move the floor from its own time on", async () => {
    const later = await aFlushEvent(
      1,
      { kind: "listing", occurred_at: ago(10) },
      { floor: { cause: "new_listing", floor: aFloor({ price: "5" }) } },
    );
    const late = await aFlushEvent(
      2,
      { kind: "listing", occurred_at: ago(20) },
      { floor: { cause: "new_listing", floor: aFloor({ price: "4" }) } },
    );
    await storeEvents(backend.db, aBatch([later, late], { state: { updated_at: ago(0) } }));
    expect((await read(`?from=2025-12-01&to=${ago(15)}`)).floor).toBe("4");
    expect((await read(`?from=2025-12-01&to=${ago(5)}`)).floor).toBe("4");
  });

  it("marks what was invented", async () => {
    await storeEvents(backend.db, aBatch(await flushEvents([{ source: "simulated", occurred_at: ago(1) }])));
    expect(await read()).toMatchObject({ simulated: true, figures: { sales: { sources: ["simulated"] } } });
  });

  it("counts no sale that was taken back, at the ragged ends of a span neither", async () => {
    const sales = await flushEvents([
      { event_key: "wrong", price: "100", to: "0xw", occurred_at: ago(0.001) },
      { price: "1", to: "0xb", occurred_at: ago(1) },
    ]);
    await storeEvents(backend.db, aBatch(sales));
    const back = await aFlushEvent(3, {
      kind: "cancel",
      price: null,
      currency: null,
      corrects: "wrong",
      occurred_at: ago(0),
    });
    await storeEvents(backend.db, aBatch([back]));
    expect(await read()).toMatchObject({
      sales: 1,
      volume: "1",
      median_price: "1",
      unique_buyers: 1,
      last_price: "1",
    });
  });

  it("counts any span as if from the sales themselves", async () => {
    const base = Date.parse("2026-01-01T00:00:00Z");
    const moment = fc.oneof(
      fc.integer({ min: 0, max: 4 * 86_400_000 }),
      fc.integer({ min: 0, max: 4 * 24 }).map((hour) => hour * 3_600_000),
      fc.integer({ min: 0, max: 10 }).map((minute) => 86_400_000 + minute * 60_000),
    );
    const sale = fc.record({
      price: fc.constantFrom("1", "2.5", "0.3", null),
      currency: fc.constantFrom("ETH", "WETH", "USDC"),
      quantity: fc.constantFrom("1", "3"),
      from: fc.constantFrom("0xa", "0xb", null),
      to: fc.constantFrom("0xa", "0xb", "0xc", "0xd", null),
      occurred_at: moment.map((ms) => new Date(base + ms).toISOString()),
      corrects: fc.option(
        fc.integer({ min: 1, max: 30 }).map((seq) => `ep_1-${seq}`),
        { freq: 6 },
      ),
    });
    const spans = fc.array(fc.tuple(moment, moment), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(sale, { maxLength: 30 }), spans, async (sales, bounds) => {
        await backend.empty();
        const events = await flushEvents(sales);
        await storeEvents(backend.db, aBatch(events, { collection: "punks", currency: "ETH" }));
        for (const [a, b] of bounds) {
          const [from, to] = [base + Math.min(a, b), base + Math.max(a, b) + 1];
          const stats = await read(`?from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`);
          expect(stats).toMatchObject(countSpan(events, from, to));
        }
      }),
      { numRuns: 25 },
    );
  }, 60_000);

  it.each([
    ["?range=decade", "?range", "must be one of day, week, month, quarter, year"],
    ["?range=day&from=2026-01-01", "?range", "cannot stand beside from and to; use one or the other"],
    ["?to=2026-01-01", "?from", "is required with to"],
    ["?from=2026-02-01", "?from", "must lie before now"],
    ["?from=2026-01-01&time_zone=Mars", "?time_zone", 'must be an IANA time zone such as "Europe/Berlin"'],
    ["?window=day", "?window", "is no parameter here; there are range, time_range, from, to, time_zone"],
  ])("refuses %s and says what would be right", async (query, pointer, message) => {
    expect(await app().problem(`/collections/punks/stats${query}`)).toMatchObject({
      status: 422,
      errors: [{ pointer, message }],
    });
  });

  it("does not know a collection that nobody told of", async () => {
    expect(await app().problem("/collections/nobody/stats")).toMatchObject({
      status: 404,
      code: "not_found",
    });
  });
});
