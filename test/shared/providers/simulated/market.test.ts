import { describe, expect, it } from "vitest";
import type { MarketEventInput } from "../../../../shared/contracts/market.ts";
import { STORY_MS } from "../../../../shared/providers/simulated/clockwork.ts";
import { SIMULATED_COLLECTIONS } from "../../../../shared/providers/simulated/collections.ts";
import { createMarket } from "../../../../shared/providers/simulated/market.ts";

const END = Date.parse("2026-03-14T12:00:00Z");
const HOUR = 3_600_000;

function tellDay(seed: number): { slug: string; events: MarketEventInput[] }[] {
  return SIMULATED_COLLECTIONS.map((collection) => ({
    slug: collection.slug,
    events: createMarket(seed, collection).between(END - 24 * HOUR, END),
  }));
}

describe.each([1, 77])("a day of the simulated market with seed %i", (seed) => {
  const day = tellDay(seed);
  const all = day.flatMap(({ events }) => events);
  /** Orders made before the day are unknown for as long as a story can last. */
  const known = new Date(END - 24 * HOUR + STORY_MS).toISOString();

  it("is never silent for three seconds, at one and a half to two events a second or near it", () => {
    const times = all.map((event) => Date.parse(event.occurred_at)).toSorted((a, b) => a - b);
    const longest = times.reduce(
      (gap, time, index) => (index === 0 ? 0 : Math.max(gap, time - (times[index - 1] ?? 0))),
      0,
    );
    expect(longest).toBeLessThan(3_000);
    expect(all.length / 86_400).toBeGreaterThan(1.3);
    expect(all.length / 86_400).toBeLessThan(2.2);
  });

  it("has every kind of event, sales for ether and sales for wrapped ether by accepted bids", () => {
    const kinds = new Set(all.map((event) => event.kind));
    expect([...kinds].toSorted()).toEqual(["bid", "cancel", "listing", "metadata", "sale", "transfer"]);
    const sales = all.filter((event) => event.kind === "sale");
    expect(new Set(sales.map((sale) => sale.currency))).toEqual(new Set(["ETH", "WETH"]));
  });

  it("sells by an order that stands: the lister's own token at his price, or a bid's", () => {
    for (const { events } of day) {
      const orders = new Map<string, MarketEventInput>();
      let checked = 0;
      for (const event of events) {
        const order = orders.get(event.order_id ?? "");
        if (event.kind === "listing" || event.kind === "bid") orders.set(event.order_id ?? "", event);
        if (event.kind !== "sale" || event.occurred_at < known) continue;
        checked += 1;
        const { token_id, price, currency } = event;
        expect(order).toMatchObject({ token_id, price, currency });
        expect(order?.kind === "bid" ? event.to : event.from).toBe(order?.from);
        expect((order?.expires_at ?? "") > event.occurred_at).toBe(true);
        orders.delete(event.order_id ?? "");
      }
      expect(checked).toBeGreaterThan(10);
    }
  });

  it("lets only the holder list, sell or send a token, and nobody trades with himself", () => {
    for (const { events } of day) {
      const holders = new Map<string, string>();
      let followed = 0;
      for (const event of events) {
        const token = event.token_id;
        if (token == null || event.from == null) continue;
        const owned = event.kind === "listing" || event.kind === "sale" || event.kind === "transfer";
        if (!owned) continue;
        const holder = holders.get(token);
        if (holder !== undefined) {
          expect(event.from).toBe(holder);
          followed += 1;
        }
        expect(event.to).not.toBe(event.from);
        holders.set(token, event.to ?? event.from);
      }
      expect(followed).toBeGreaterThan(20);
    }
  });

  it("takes back only what the same wallet had open, once", () => {
    for (const { events } of day) {
      const makers = new Map<string, string | null | undefined>();
      for (const event of events) {
        const order = event.order_id ?? "";
        if (event.kind === "listing" || event.kind === "bid") makers.set(order, event.from);
        if (event.kind !== "cancel" || event.occurred_at < known) continue;
        expect(makers.get(order)).toBe(event.from);
        makers.delete(order);
      }
    }
  });

  it("sells mostly near the floor", () => {
    const { events } = day[1] ?? { events: [] };
    const open = new Map<string, number>();
    const ratios: number[] = [];
    for (const event of events) {
      const token = event.token_id ?? "";
      if (event.kind === "sale" && event.currency === "ETH" && event.occurred_at >= known)
        ratios.push(Number(event.price) / Math.min(...open.values()));
      if (event.kind === "listing" && Date.parse(event.expires_at ?? "") > END) continue;
      if (event.kind === "listing") open.set(token, Number(event.price));
      if (event.kind === "sale" || event.kind === "transfer" || event.kind === "cancel") open.delete(token);
    }
    const middle = ratios.toSorted((a, b) => a - b)[Math.floor(ratios.length / 2)];
    expect(middle).toBeLessThan(1.25);
  });

  it("has a few wallets that do much of the trading, and busy and quiet times", () => {
    const sales = all.filter((event) => event.kind === "sale");
    const counts = new Map<string, number>();
    for (const sale of sales) counts.set(sale.to ?? "", (counts.get(sale.to ?? "") ?? 0) + 1);
    const ranked = [...counts.values()].toSorted((a, b) => b - a);
    const top = ranked.slice(0, Math.ceil(ranked.length / 10)).reduce((sum, count) => sum + count, 0);
    expect(top / sales.length).toBeGreaterThan(0.25);
    const slots = new Map<number, number>();
    for (const sale of sales) {
      const slot = Math.floor(Date.parse(sale.occurred_at) / 600_000);
      slots.set(slot, (slots.get(slot) ?? 0) + 1);
    }
    const perSlot = [...slots.values()];
    const mean = sales.length / 144;
    const variance = perSlot.reduce((sum, count) => sum + (count - mean) ** 2, 0) / 144;
    // Independent arrivals would have a variance equal to their mean.
    expect(variance / mean).toBeGreaterThan(2);
  });
});

describe("the holders of the simulated market", () => {
  it("are the ones that sales and transfers leave behind, whenever one asks", () => {
    const collection = SIMULATED_COLLECTIONS[3];
    if (collection === undefined) throw new Error("no such collection");
    const market = createMarket(9, collection);
    const events = market.between(END - 12 * HOUR, END);
    const left = new Map<number, string>();
    for (const event of events)
      if (event.kind === "sale" || event.kind === "transfer")
        left.set(Number(event.token_id) - 1, event.to ?? "");
    const asked = createMarket(9, collection);
    const later = asked.between(END, END + 12 * HOUR);
    const next = new Map<number, string>();
    for (const event of later)
      if (event.kind === "listing" || event.kind === "sale" || event.kind === "transfer") {
        const token = Number(event.token_id) - 1;
        if (!next.has(token)) next.set(token, event.from ?? "");
      }
    const both = [...left].filter(([token]) => next.has(token));
    expect(both.length).toBeGreaterThan(50);
    for (const [token, holder] of both) expect(next.get(token)).toBe(holder);
  });
});
