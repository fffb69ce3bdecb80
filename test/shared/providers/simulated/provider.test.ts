import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MarketEventInput } from "../../../../shared/contracts/market.ts";
import type { Cursor, PollResult } from "../../../../shared/providers/provider.ts";
import { STORY_MS } from "../../../../shared/providers/simulated/clockwork.ts";
import { SIMULATED_COLLECTIONS } from "../../../../shared/providers/simulated/collections.ts";
import { createMarket } from "../../../../shared/providers/simulated/market.ts";
import { createSimulatedProvider, HISTORY_MS } from "../../../../shared/providers/simulated/provider.ts";

const NOON = Date.parse("2026-03-14T12:00:00Z");
const SLUGS = SIMULATED_COLLECTIONS.map((entry) => entry.slug);

/** Polls as a caller does: again at once while there is more. */
async function pollAll(
  poll: (cursor: Cursor | null) => Promise<PollResult>,
  since: Cursor | null,
): Promise<{ events: MarketEventInput[]; cursor: Cursor; polls: PollResult[] }> {
  const polls: PollResult[] = [];
  let cursor = since;
  for (;;) {
    const result = await poll(cursor);
    polls.push(result);
    cursor = result.cursor;
    if (!result.more) return { events: polls.flatMap((entry) => entry.events), cursor, polls };
  }
}

describe("the simulated provider", () => {
  it("tells the same events however polls cut the time, and whatever they ask for in between", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -1_000_000, max: Number.MAX_SAFE_INTEGER }),
        fc.constantFrom(...SLUGS),
        fc.array(fc.integer({ min: 0, max: 900_000 }), { maxLength: 8 }),
        async (seed, slug, pauses) => {
          let now = NOON;
          const watched = createSimulatedProvider({ seed, now: () => now });
          const first = await pollAll((cursor) => watched.poll(slug, cursor), null);
          const pieces = [...first.events];
          let cursor = first.cursor;
          for (const pause of pauses) {
            now += pause;
            // A restart: another object, the stored cursor.
            const restarted = createSimulatedProvider({ seed, now: () => now });
            const next = await pollAll((at) => restarted.poll(slug, at), cursor);
            pieces.push(...next.events);
            cursor = next.cursor;
          }
          const collection = SIMULATED_COLLECTIONS.find((entry) => entry.slug === slug);
          if (collection === undefined) throw new Error("no such collection");
          // A market that remembers nothing of what was asked before.
          const told = createMarket(seed, collection).between(NOON - HISTORY_MS, now);
          const begin = new Date(NOON - HISTORY_MS).toISOString();
          expect(pieces.filter((event) => event.occurred_at >= begin)).toEqual(told);
        },
      ),
      { numRuns: 12 },
    );
  }, 60_000);

  it("begins with the open listings and three hours of history, in polls of at most 500 events", async () => {
    const provider = createSimulatedProvider({ seed: 1, now: () => NOON });
    for (const slug of SLUGS) {
      const { events, polls } = await pollAll((cursor) => provider.poll(slug, cursor), null);
      const begin = new Date(NOON - HISTORY_MS).toISOString();
      expect(Math.max(...polls.map((poll) => poll.events.length))).toBeLessThanOrEqual(500);
      expect(polls.slice(0, -1).every((poll) => poll.more)).toBe(true);
      expect(events.filter((event) => event.occurred_at < begin).map((event) => event.kind)).toEqual(
        expect.not.arrayContaining(["sale", "bid", "cancel", "transfer", "metadata"]),
      );
      expect(events.every((event) => event.occurred_at < new Date(NOON).toISOString())).toBe(true);
      const times = events.map((event) => event.occurred_at);
      expect(times).toEqual(times.toSorted());
    }
  });

  it("tells all of its history to a caller who takes minutes to read it", async () => {
    const [collection] = SIMULATED_COLLECTIONS;
    if (collection === undefined) throw new Error("no collections");
    let now = NOON;
    const provider = createSimulatedProvider({ seed: 1, now: () => now });
    const { events } = await pollAll((at) => {
      now += 20_000;
      return provider.poll(collection.slug, at);
    }, null);
    const began = NOON + 20_000 - HISTORY_MS;
    const market = createMarket(1, collection);
    expect(events).toEqual([
      ...market.openListings(began - STORY_MS, began, began),
      ...market.between(began, now),
    ]);
  });

  it("goes on from a cursor without a hole, and begins anew when every listing has expired since", async () => {
    let now = NOON;
    const provider = createSimulatedProvider({ seed: 5, now: () => now });
    const slug = "sim-copper-foxes";
    const { cursor } = await pollAll((at) => provider.poll(slug, at), null);
    now = NOON + 5 * 3_600_000;
    const later = await pollAll((at) => provider.poll(slug, at), cursor);
    const market = SIMULATED_COLLECTIONS.find((entry) => entry.slug === slug);
    if (market === undefined) throw new Error("no such collection");
    expect(later.events).toEqual(createMarket(5, market).between(NOON, now));

    now = NOON + 7 * 86_400_000;
    const muchLater = await pollAll((at) => provider.poll(slug, at), later.cursor);
    const anew = await pollAll((at) => provider.poll(slug, at), null);
    expect(muchLater.events).toEqual(anew.events);
  });

  it("has nothing to tell while the clock stands still or goes back", async () => {
    let now = NOON;
    const provider = createSimulatedProvider({ seed: 5, now: () => now });
    const { cursor } = await pollAll((at) => provider.poll("sim-first-light", at), null);
    expect(await provider.poll("sim-first-light", cursor)).toEqual({ events: [], cursor, more: false });
    now -= 60_000;
    expect(await provider.poll("sim-first-light", cursor)).toEqual({ events: [], cursor, more: false });
  });

  it("marks everything as simulated, in the form of the contract", async () => {
    const provider = createSimulatedProvider({ seed: 1, now: () => NOON });
    expect(provider).toMatchObject({ name: "simulated", simulated: true });
    for (const info of provider.collections) {
      expect(info.slug).toMatch(/^sim-/);
      expect(info.name).toContain("(simulated)");
      expect(await provider.collection(info.slug)).toEqual(info);
      const { events } = await provider.poll(info.slug, { at: NOON - 600_000, live_from: 0 });
      for (const event of events) {
        expect(MarketEventInput.parse(event)).toEqual(event);
        expect(event).toMatchObject({ source: "simulated", marketplace: "simulated", collection: info.slug });
      }
    }
  });

  it("shares no event with the market of another seed", async () => {
    const keys = async (seed: number) => {
      const provider = createSimulatedProvider({ seed, now: () => NOON });
      const { events } = await pollAll((at) => provider.poll("sim-harbour-cats", at), null);
      return events.map((event) => event.event_key);
    };
    const [one, two] = await Promise.all([keys(1), keys(2)]);
    expect(new Set(one).size).toBe(one.length);
    expect(new Set([...one, ...two]).size).toBe(one.length + two.length);
  });

  it("states the lowest open listing as its floor, and what it cannot know as null", async () => {
    const provider = createSimulatedProvider({ seed: 1, now: () => NOON });
    const { events } = await pollAll((at) => provider.poll("sim-tidal-glyphs", at), null);
    const open = new Map<string, number>();
    const orderOfToken = new Map<string, string>();
    for (const event of events) {
      const [token, order] = [event.token_id ?? "", event.order_id ?? ""];
      if (event.kind === "listing") {
        open.delete(orderOfToken.get(token) ?? "");
        orderOfToken.set(token, order);
        if (Date.parse(event.expires_at ?? "") > NOON) open.set(order, Number(event.price));
      } else open.delete(order);
    }
    const stats = await provider.stats("sim-tidal-glyphs");
    expect(Number(stats.floor)).toBe(Math.min(...open.values()));
    expect(stats).toMatchObject({
      floor_currency: "ETH",
      owners: null,
      total_sales: null,
      total_volume: null,
      as_of: "2026-03-14T12:00:00.000Z",
    });
  });

  it("knows no collection but its own", async () => {
    const provider = createSimulatedProvider({ seed: 1, now: () => NOON });
    for (const ask of [
      provider.poll("cryptopunks", null),
      provider.collection("cryptopunks"),
      provider.stats("cryptopunks"),
    ])
      await expect(ask).rejects.toMatchObject({ code: "not_found" });
  });
});
