import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { readRows } from "../../../shared/db/rows.ts";
import type { FlushEvent } from "../../../shared/market/flush-batch.ts";
import { MAX_CHUNK_EVENTS } from "../../../shared/market/flush-chunks.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, aFloor, aFlushEvent, EPOCH, flushEvents } from "../../support/flush.ts";
import { countAll, readCounted } from "../../support/market-model.ts";

const ZERO = "0x0000000000000000000000000000000000000000";

async function count(db: Db, table: string): Promise<number> {
  const [row] = await readRows(
    db,
    sql`select count(*)::int as n from ${sql.raw(table)}`,
    z.object({ n: z.number() }),
  );
  return row?.n ?? 0;
}

const StateRow = z.object({
  epoch: z.string(),
  seq: z.coerce.number(),
  floor_price: z.string().nullable(),
  last_price: z.string().nullable(),
});

async function readState(db: Db) {
  const [state] = await readRows(db, sql`select * from collection_state`, StateRow);
  return state;
}

describeOnEachBackend("storing events", (backend) => {
  it("counts each sale per minute, hour and day, with volume from totals and prices per item", async () => {
    const events = await flushEvents([
      {
        price: "6",
        price_basis: "total",
        quantity: "3",
        occurred_at: "2026-01-01T10:00:10Z",
        price_usd: "10",
      },
      { price: "1.5", currency: "WETH", occurred_at: "2026-01-01T10:00:40Z" },
      { price: "1", occurred_at: "2026-01-01T10:59:59.999Z" },
      { price: "9", occurred_at: "2026-01-02T00:00:00Z" },
      { kind: "listing", price: "3", occurred_at: "2026-01-01T10:30:00Z" },
      { kind: "transfer", price: null, currency: null, occurred_at: "2026-01-01T10:30:00Z" },
    ]);
    expect(await storeEvents(backend.db, aBatch(events))).toMatchObject({ inserted: 6 });
    const counted = await readCounted(backend.db);
    expect(counted).toEqual(countAll(events));
    expect(counted.rollups.filter(({ grain }) => grain === "day")).toMatchObject([
      { bucket: "2026-01-01T00:00:00.000Z", unit: "", sales: 0, transfers: 1 },
      {
        bucket: "2026-01-01T00:00:00.000Z",
        unit: "ETH",
        sales: 3,
        items: "5",
        volume: "8.5",
        volume_usd: "30",
        usd_sales: 1,
        open: "2",
        high: "2",
        low: "1",
        close: "1",
        listings: 1,
      },
      { bucket: "2026-01-02T00:00:00.000Z", sales: 1, open: "9", close: "9" },
    ]);
  });

  it("changes nothing when the same flush comes again, whole or in parts", async () => {
    const events = await flushEvents([
      {},
      { kind: "listing" },
      { price: "3" },
      { kind: "cancel", price: null },
    ]);
    await storeEvents(backend.db, aBatch(events));
    const before = await readCounted(backend.db);
    expect(await storeEvents(backend.db, aBatch(events))).toMatchObject({ inserted: 0 });
    expect(await storeEvents(backend.db, aBatch(events.slice(1, 3)))).toMatchObject({ inserted: 0 });
    expect(await readCounted(backend.db)).toEqual(before);
    expect(await readState(backend.db)).toMatchObject({ seq: 4 });
  });

  it("takes the new ones of a flush of which a part is there already", async () => {
    const events = await flushEvents([{}, {}, {}]);
    await storeEvents(backend.db, aBatch(events.slice(0, 2)));
    expect(await storeEvents(backend.db, aBatch(events))).toMatchObject({ inserted: 1 });
    expect(await readCounted(backend.db)).toEqual(countAll(events));
  });

  it("refuses an event under a new number that was stored under another, in this epoch or an earlier one", async () => {
    const first = await aFlushEvent(1, { event_key: "same" });
    await storeEvents(backend.db, aBatch([first]));
    const again = await aFlushEvent(2, { event_key: "same", price: "5" });
    const anew = await aFlushEvent(1, { event_key: "same" }, { epoch: "ep_2" });
    expect(await storeEvents(backend.db, aBatch([again, again]))).toMatchObject({ inserted: 0 });
    expect(await storeEvents(backend.db, aBatch([anew]))).toMatchObject({ inserted: 0 });
    expect(await readCounted(backend.db)).toEqual(countAll([first]));
  });

  it("puts a late sale where it belongs: it opens its bucket, and the last sale stays the last", async () => {
    const events = await flushEvents([
      { price: "2", occurred_at: "2026-01-01T10:00:30Z" },
      { price: "3", occurred_at: "2026-01-01T10:00:40Z" },
      { price: "1", occurred_at: "2026-01-01T10:00:10Z" },
      { price: "4", occurred_at: "2026-01-01T10:00:40Z" },
    ]);
    for (const event of events) await storeEvents(backend.db, aBatch([event]));
    const counted = await readCounted(backend.db);
    expect(counted).toEqual(countAll(events));
    expect(counted.rollups.find(({ grain }) => grain === "minute")).toMatchObject({ open: "1", close: "4" });
    expect(counted.last_sale).toEqual({ at: "2026-01-01T10:00:40.000Z", price: "4" });
  });

  it("counts a sale without a known price as a sale, and in no price or volume", async () => {
    const events = await flushEvents([{ price: "0" }, { price: null, currency: null }, { price: "2" }]);
    await storeEvents(backend.db, aBatch(events));
    const days = (await readCounted(backend.db)).rollups.filter(({ grain }) => grain === "day");
    expect(days).toMatchObject([
      { unit: "", sales: 2, priced_sales: 0, volume: "0", open: null, low: null },
      { unit: "ETH", sales: 1, priced_sales: 1, volume: "2", low: "2" },
    ]);
  });

  it("makes no wallet of an unknown buyer or of the zero address", async () => {
    const events = await flushEvents([
      { to: ZERO, from: "0xa1" },
      { to: null, from: "0xa1" },
      { to: "0xb2", from: ZERO },
    ]);
    // A room turns the zero address into null; a flush that has not must not bring it in.
    const unguarded = events.map((event) => ({ ...event, to: event.to ?? ZERO }));
    await storeEvents(backend.db, aBatch(unguarded));
    expect((await readCounted(backend.db)).wallets).toEqual([
      { day: "2026-01-01", address: "0xa1", bought: 0, sold: 2 },
      { day: "2026-01-01", address: "0xb2", bought: 1, sold: 0 },
    ]);
  });

  it("keeps amounts that no float and no 64-bit integer holds", async () => {
    const id = "9".repeat(78);
    const price = `${"8".repeat(60)}.${"7".repeat(18)}`;
    const events = await flushEvents([{ token_id: id, price, quantity: "9".repeat(40) }]);
    await storeEvents(backend.db, aBatch(events));
    expect(await readCounted(backend.db)).toEqual(countAll(events));
    const stored = await readRows(backend.db, sql`select token_id, price from market_events`, z.unknown());
    expect(stored).toEqual([{ token_id: id, price }]);
  });

  it("stores text that Postgres cannot hold with a mark in its place, instead of failing for ever", async () => {
    const events = await flushEvents([{ raw: { "k\0": ["v\0", "half \ud800 pair", "\\u0000 in words"] } }]);
    expect(await storeEvents(backend.db, aBatch(events))).toMatchObject({ inserted: 1 });
    const stored = await readRows(backend.db, sql`select raw from market_events`, z.unknown());
    expect(stored).toEqual([{ raw: { "k\ufffd": ["v\ufffd", "half \ufffd pair", "\\u0000 in words"] } }]);
  });

  it("cuts a flush that is too large for one request, and moves the state with its last part", async () => {
    const many = await flushEvents(
      Array.from({ length: MAX_CHUNK_EVENTS + 1 }, () => ({ occurred_at: "2026-01-01T10:00:00Z" })),
    );
    expect(await storeEvents(backend.db, aBatch(many))).toMatchObject({ inserted: MAX_CHUNK_EVENTS + 1 });
    expect(await readState(backend.db)).toMatchObject({ seq: MAX_CHUNK_EVENTS + 1 });
    const heavy = await flushEvents(
      Array.from({ length: 200 }, () => ({ raw: { text: "x".repeat(32_000) } })),
      many.length + 1,
    );
    expect(await storeEvents(backend.db, aBatch(heavy))).toMatchObject({ inserted: 200 });
    expect(await count(backend.db, "market_events")).toBe(many.length + 200);
  });

  it("stores nothing of a flush that fails", async () => {
    const [good, bad] = await flushEvents([{}, {}]);
    if (good === undefined || bad === undefined) throw new Error("two events were made");
    await expect(storeEvents(backend.db, aBatch([good, { ...bad, occurred_at: "never" }]))).rejects.toThrow();
    expect(await count(backend.db, "collections")).toBe(0);
    expect(await count(backend.db, "rollups")).toBe(0);
  });

  it("moves the state forward only: by epoch, then number", async () => {
    const flush = (epoch: string, seq: number, price: string) =>
      storeEvents(
        backend.db,
        aBatch([], { collection: "punks", state: { epoch, seq, floor: aFloor({ price }) } }),
      );
    await flush("ep_1", 10, "1.0");
    await flush("ep_1", 9, "2.0");
    expect(await readState(backend.db)).toMatchObject({ epoch: "ep_1", seq: 10, floor_price: "1.0" });
    await flush("ep_2", 1, "3.0");
    await flush("ep_1", 99, "4.0");
    expect(await readState(backend.db)).toMatchObject({ epoch: "ep_2", seq: 1, floor_price: "3.0" });
  });

  it("writes each move of the floor with its cause, in the unit that floors compare in", async () => {
    const floor = aFloor({ price: "1.5", currency: "WETH" });
    const listing = await aFlushEvent(1, { kind: "listing" }, { floor: { cause: "new_listing", floor } });
    const sale = await aFlushEvent(2, {}, { floor: { cause: "sale", floor: null } });
    await storeEvents(backend.db, aBatch([listing, sale]));
    await storeEvents(backend.db, aBatch([listing, sale]));
    const rows = await readRows(
      backend.db,
      sql`select seq, cause, price, unit, floor from floor_changes order by seq`,
      z.unknown(),
    );
    expect(rows).toEqual([
      { seq: "1", cause: "new_listing", price: "1.5", unit: "ETH", floor },
      { seq: "2", cause: "sale", price: null, unit: null, floor: null },
    ]);
  });

  it("leaves a provider's description of the collection alone, and fills in the currency that it lacks", async () => {
    await backend.db.execute(sql`insert into collections (id, slug, name, description, source)
      values ('col_x', 'punks', 'CryptoPunks', 'ten thousand', 'opensea')`);
    await storeEvents(backend.db, aBatch(await flushEvents([{}])));
    await storeEvents(backend.db, aBatch(await flushEvents([{ currency: "USDC" }], 2)));
    const rows = await readRows(
      backend.db,
      sql`select id, name, description, source, currency, simulated from collections`,
      z.unknown(),
    );
    expect(rows).toEqual([
      {
        id: "col_x",
        name: "CryptoPunks",
        description: "ten thousand",
        source: "opensea",
        currency: "ETH",
        simulated: false,
      },
    ]);
  });

  it("takes for the last price that of the last sale in the collection's own currency", async () => {
    const events = await flushEvents([
      { price: "2", currency: "WETH", occurred_at: "2026-01-01T10:00:00Z" },
      { price: "5000", currency: "USDC", occurred_at: "2026-01-01T11:00:00Z" },
    ]);
    await storeEvents(backend.db, aBatch(events));
    expect(await readState(backend.db)).toMatchObject({ last_price: "2" });
  });

  it("marks a collection as simulated from the first invented event on", async () => {
    await storeEvents(backend.db, aBatch(await flushEvents([{}])));
    await storeEvents(backend.db, aBatch(await flushEvents([{ source: "simulated" }], 2)));
    await storeEvents(backend.db, aBatch(await flushEvents([{}], 3)));
    expect(await readRows(backend.db, sql`select simulated from collections`, z.unknown())).toEqual([
      { simulated: true },
    ]);
  });

  it("counts once when two flushes of the same events run at the same time", async () => {
    const events = await flushEvents(Array.from({ length: 50 }, (_, i) => ({ price: String(i + 1) })));
    const results = await Promise.all([1, 2, 3, 4].map(() => storeEvents(backend.db, aBatch(events))));
    expect(results.reduce((sum, { inserted }) => sum + inserted, 0)).toBe(50);
    expect(await readCounted(backend.db)).toEqual(countAll(events));
  });

  it("counts the same in whatever order batches come, and however often", async () => {
    const partial = fc.record({
      kind: fc.constantFrom("sale", "sale", "sale", "listing", "bid", "transfer", "cancel", "metadata"),
      price: fc.constantFrom("1", "2.50", "0.000000000000000003", "0", null),
      currency: fc.constantFrom("ETH", "WETH", "USDC"),
      price_usd: fc.constantFrom("3", null),
      quantity: fc.constantFrom("1", "4"),
      from: fc.constantFrom("0xa", "0xb", null, ZERO),
      to: fc.constantFrom("0xa", "0xc", null, ZERO),
      source: fc.constantFrom("push", "opensea"),
      occurred_at: fc
        .integer({ min: 0, max: 40 })
        .map((step) => new Date(1_767_225_540_000 + step * 7_000).toISOString()),
      corrects: fc.option(
        fc.integer({ min: 1, max: 24 }).map((seq) => `${EPOCH}-${seq}`),
        { freq: 5 },
      ),
    });
    const scenario = fc.array(partial, { minLength: 1, maxLength: 24 }).chain((partials) =>
      fc.record({
        partials: fc.constant(partials),
        /** Where the batches begin and end, in the order in which they are flushed; some come again. */
        order: fc.array(fc.tuple(fc.nat(partials.length), fc.nat(partials.length)), { maxLength: 5 }),
        last: fc.shuffledSubarray([...partials.keys()], { minLength: partials.length }),
      }),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ({ partials, order, last }) => {
        await backend.empty();
        const events = await flushEvents(partials);
        const pick = (indexes: number[]) => indexes.flatMap((index) => events[index] ?? []);
        const batches: FlushEvent[][] = order.map(([a, b]) => events.slice(Math.min(a, b), Math.max(a, b)));
        // Then all of them, in any order, so that every event was flushed at least once.
        for (let i = 0; i < last.length; i += 7) batches.push(pick(last.slice(i, i + 7)));
        for (const batch of batches) {
          const seq = Math.max(0, ...batch.map((event) => event.seq));
          await storeEvents(
            backend.db,
            aBatch(batch, { collection: "punks", currency: "ETH", state: { seq } }),
          );
        }
        expect(await readCounted(backend.db)).toEqual(countAll(events));
        expect(await readState(backend.db)).toMatchObject({ seq: partials.length });
      }),
      { numRuns: backend.name === "pglite" ? 60 : 25 },
    );
  }, 60_000);
});
