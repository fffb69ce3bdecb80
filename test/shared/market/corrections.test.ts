import { expect, it } from "vitest";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { aBatch, aFlushEvent, flushEvents } from "../../support/flush.ts";
import { countAll, readCounted } from "../../support/market-model.ts";

describeOnEachBackend("corrections", (backend) => {
  const day = async () => (await readCounted(backend.db)).rollups.filter(({ grain }) => grain === "day");
  const twoSales = () =>
    flushEvents([
      { event_key: "first", price: "5", from: "0xa", to: "0xb", occurred_at: "2026-01-01T10:00:00Z" },
      { event_key: "second", price: "2", from: "0xa", to: "0xc", occurred_at: "2026-01-01T10:00:30Z" },
    ]);

  it("takes a sale back by a cancel, which is no cancel of the market", async () => {
    const sales = await twoSales();
    await storeEvents(backend.db, aBatch(sales));
    const back = await aFlushEvent(3, { kind: "cancel", price: null, currency: null, corrects: "first" });
    await storeEvents(backend.db, aBatch([back]));
    expect(await day()).toMatchObject([
      { unit: "ETH", sales: 1, volume: "2", open: "2", high: "2", cancels: 0 },
    ]);
    const { wallets, last_sale } = await readCounted(backend.db);
    expect(wallets.map(({ address }) => address)).toEqual(["0xa", "0xc"]);
    expect(last_sale.price).toBe("2");
  });

  it("replaces a sale by another, on another day too", async () => {
    const sales = await twoSales();
    await storeEvents(backend.db, aBatch(sales));
    const better = await aFlushEvent(3, {
      price: "7",
      corrects: "second",
      occurred_at: "2025-12-31T23:59:00Z",
    });
    await storeEvents(backend.db, aBatch([better]));
    expect(await day()).toMatchObject([
      { bucket: "2025-12-31T00:00:00.000Z", sales: 1, volume: "7" },
      { bucket: "2026-01-01T00:00:00.000Z", sales: 1, volume: "5", close: "5" },
    ]);
    expect(await readCounted(backend.db)).toEqual(countAll([...sales, better]));
  });

  it("counts nothing of a sale that arrives after its correction", async () => {
    const [first, second] = await twoSales();
    if (first === undefined || second === undefined) throw new Error("two sales were made");
    const back = await aFlushEvent(3, { kind: "cancel", price: null, currency: null, corrects: "first" });
    await storeEvents(backend.db, aBatch([back]));
    await storeEvents(backend.db, aBatch([first, second]));
    expect(await readCounted(backend.db)).toEqual(countAll([second]));
  });

  it("counts a sale and its correction right when both come in one flush", async () => {
    const sales = await twoSales();
    const better = await aFlushEvent(3, {
      price: "4",
      corrects: "first",
      occurred_at: "2026-01-01T10:00:05Z",
    });
    await storeEvents(backend.db, aBatch([better, ...sales]));
    await storeEvents(backend.db, aBatch([better, ...sales]));
    expect(await day()).toMatchObject([{ sales: 2, volume: "6", open: "4", close: "2" }]);
  });

  it("counts a whole day of UTC anew, on a day too that is shorter where the database stands", async () => {
    const sales = await flushEvents([
      { event_key: "first", price: "5", occurred_at: "2026-03-08T10:00:00Z" },
      { event_key: "second", price: "2", to: "0xlast", occurred_at: "2026-03-08T23:59:00Z" },
    ]);
    await storeEvents(backend.db, aBatch(sales));
    const back = await aFlushEvent(3, { kind: "cancel", price: null, currency: null, corrects: "first" });
    await storeEvents(backend.db, aBatch([back]));
    expect(await readCounted(backend.db)).toEqual(countAll([...sales, back]));
  });

  it("leaves nothing of a day whose only sale was taken back", async () => {
    const [only] = await twoSales();
    if (only === undefined) throw new Error("a sale was made");
    const back = await aFlushEvent(2, { kind: "cancel", price: null, currency: null, corrects: "first" });
    await storeEvents(backend.db, aBatch([only]));
    await storeEvents(backend.db, aBatch([back]));
    expect(await readCounted(backend.db)).toEqual({
      rollups: [],
      wallets: [],
      last_sale: { at: null, price: null },
    });
  });
});
