import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { CorrectedEvent } from "../../../shared/contracts/market.ts";
import { CorrectedData } from "../../../shared/contracts/webhook-data.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { testCtx } from "../../support/ctx.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent, flushEvents } from "../../support/flush.ts";
import { insertUser, insertWebhook, readDeliveries } from "../../support/webhooks.ts";

const { seal } = testCtx();
const url = "https://hooks.example.com/";

describeOnEachBackend("the outbox of market events", (backend) => {
  const endpoint = async (topics?: Parameters<typeof insertWebhook>[2]["topics"]) =>
    insertWebhook(backend.db, seal, { user_id: await insertUser(backend.db), url, topics });

  it("says of each stored event what was sent live, to the endpoints that asked for its type and collection", async () => {
    const all = await endpoint([
      { event_type: "market.sale", collection: "*" },
      { event_type: "market.listing", collection: "punks" },
    ]);
    const other = await endpoint([{ event_type: "market.sale", collection: "apes" }]);
    const events = await flushEvents([
      { price: "1.50", token_id: "7", expires_at: "2026-01-02T00:00:00.5Z" },
      { kind: "listing", price: "3" },
      { kind: "cancel", price: null },
      { kind: "bid", price: "2" },
    ]);
    const { webhooks } = await storeEvents(backend.db, aBatch(events));
    expect(webhooks).toEqual([all.id]);
    const deliveries = await readDeliveries(backend.db);
    expect(deliveries.map(({ webhook_id, type, status }) => [webhook_id, type, status])).toEqual([
      [all.id, "market.sale", "pending"],
      [all.id, "market.listing", "pending"],
    ]);
    for (const [index, delivery] of deliveries.entries()) {
      const { key_hash: _, corrects_hash: __, unit: ___, raw: ____, ...live } = events[index] ?? {};
      expect(delivery.data).toEqual(live);
      expect(delivery.message_id).toMatch(/^msg_[0-9a-f]{32}$/);
    }
    expect(await readDeliveries(backend.db, other.id)).toEqual([]);
  });

  it("tells of a moved floor by a message of its own, also where the event itself is told to nobody", async () => {
    const { id } = await endpoint([{ event_type: "market.floor_changed", collection: "*" }]);
    const floor = { cause: "cancel" as const, floor: aFloor({ price: "2" }) };
    await storeEvents(
      backend.db,
      aBatch([await aFlushEvent(1, { kind: "cancel", price: null }, { floor }), await aFlushEvent(2)]),
    );
    const [delivery, ...others] = await readDeliveries(backend.db);
    expect(others).toEqual([]);
    expect(delivery).toMatchObject({
      webhook_id: id,
      type: "market.floor_changed",
      data: { kind: "cancel", seq: 1, floor_change: { cause: "cancel", floor: { price: "2" } } },
    });
  });

  it("adds nothing when the same flush comes again, whole or in parts", async () => {
    const { id } = await endpoint();
    const events = await flushEvents([{}, {}, {}]);
    await storeEvents(backend.db, aBatch(events));
    const before = await readDeliveries(backend.db);
    expect(before).toHaveLength(3);
    // The answer to the first may have been lost, so the endpoint is woken again while something waits for it.
    expect((await storeEvents(backend.db, aBatch(events))).webhooks).toEqual([id]);
    expect((await storeEvents(backend.db, aBatch(events.slice(1)))).webhooks).toEqual([id]);
    expect(await readDeliveries(backend.db)).toEqual(before);
    await backend.db.execute(sql`update deliveries set status = 'delivered'`);
    expect((await storeEvents(backend.db, aBatch(events))).webhooks).toEqual([]);
  });

  it("leaves out events below an endpoint's price, without a price, and from before it began to ask", async () => {
    await endpoint([{ event_type: "market.sale", collection: "*", min_price: "2" }]);
    await endpoint([{ event_type: "market.sale", collection: "*", since: "2026-01-01T12:00:00Z" }]);
    const events = await flushEvents([
      { price: "1.99" },
      { price: "2.0" },
      { price: null, currency: null },
      { price: "1", occurred_at: "2026-01-01T12:00:00Z" },
    ]);
    await storeEvents(backend.db, aBatch(events));
    expect((await readDeliveries(backend.db)).map(({ data }) => data.seq)).toEqual([2, 4]);
  });

  it("writes no message that nobody wants", async () => {
    await endpoint([{ event_type: "market.bid", collection: "*" }]);
    expect(await storeEvents(backend.db, aBatch(await flushEvents([{}])))).toEqual({
      inserted: 1,
      webhooks: [],
      watched: false,
    });
    const { rows } = await backend.db.execute(sql`select id from messages`);
    expect(rows).toEqual([]);
  });

  describe("of an event that turns out wrong", () => {
    const asked = async (event_type: string, min_price?: string) =>
      (await endpoint([{ event_type, collection: "*", ...(min_price && { min_price }) }])).id;
    const corrections = async (webhook_id: string) =>
      (await readDeliveries(backend.db, webhook_id)).flatMap(({ type, data }) =>
        type === "market.corrected" ? [CorrectedData.parse(data)] : [],
      );

    it("tells whoever was told of the event, with what stands in its place", async () => {
      const sales = await asked("market.sale");
      const all = await asked("market.corrected");
      const listings = await asked("market.listing");
      const events = await flushEvents([
        { price: "10", token_id: "7" },
        { price: "9", token_id: "7", corrects: "ep_1-1" },
        { kind: "cancel", price: undefined, corrects: "ep_1-2" },
      ]);
      for (const event of events) await storeEvents(backend.db, aBatch([event]));
      for (const taker of [sales, all]) {
        const told = await corrections(taker);
        expect(told.map(({ event, replacement }) => [event.price, replacement?.price ?? null])).toEqual([
          ["10", "9"],
          ["9", null],
        ]);
        expect(told[1]).toMatchObject({ seq: 3, corrected_by: "ep_1-3", event: { seq: 2, token_id: "7" } });
      }
      expect(await readDeliveries(backend.db, listings)).toEqual([]);
      // The new sale is told by itself too, as any sale.
      expect((await readDeliveries(backend.db, sales)).map(({ type }) => type).toSorted()).toEqual([
        ...["market.corrected", "market.corrected", "market.sale", "market.sale"],
      ]);
    });

    it("goes by the lowest price that the event passed, or what it had corrected before", async () => {
      const dear = await asked("market.sale", "10");
      const [first, low, second] = await flushEvents([
        { price: "10" },
        { price: "9" },
        { price: "1", corrects: "ep_1-1" },
      ]);
      if (first === undefined || low === undefined || second === undefined) throw new Error("three events");
      const brief = CorrectedEvent.parse(first);
      const last = await flushEvents(
        ["ep_1-3", "ep_1-2"].map((corrects) => ({ kind: "cancel", price: undefined, corrects })),
        4,
      );
      await storeEvents(backend.db, aBatch([first, low, { ...second, corrected: [brief] }, ...last]));
      expect((await corrections(dear)).map(({ event }) => event.seq)).toEqual([1, 3]);
    });

    it("tells it once when both are there, whichever came first and however often", async () => {
      const { id } = await endpoint();
      const [sale, cancel] = await flushEvents([
        { price: "10" },
        { kind: "cancel", price: undefined, corrects: "ep_1-1" },
      ]);
      if (sale === undefined || cancel === undefined) throw new Error("two events");
      await storeEvents(backend.db, aBatch([cancel]));
      expect(await readDeliveries(backend.db)).toEqual([]);
      const { webhooks } = await storeEvents(backend.db, aBatch([sale]));
      expect(webhooks).toEqual([id]);
      await storeEvents(backend.db, aBatch([sale, cancel]));
      expect((await readDeliveries(backend.db)).map(({ type }) => type).toSorted()).toEqual([
        ...["market.corrected", "market.sale"],
      ]);
    });
  });
});
