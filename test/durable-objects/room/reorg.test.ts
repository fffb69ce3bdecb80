import { expect, it, test } from "vitest";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { anEvent } from "../../support/events.ts";
import { flusherOf } from "../../support/flusher.ts";
import { readCounted } from "../../support/market-model.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { aRoom, NOON } from "../../support/room.ts";

const at = new Date(NOON - 3_600_000).toISOString();
const sale = (more: object = {}) =>
  anEvent({ event_key: "0xabc:100", price: "10", occurred_at: at, ...more });
const orphaned = (key = "orphaned-1") =>
  anEvent({ kind: "cancel", event_key: key, corrects: "0xabc:100", price: undefined, occurred_at: at });

/** How many sales a room counts, and how many of what it was told were repeats. */
async function tell(...batches: ReturnType<typeof anEvent>[][]) {
  const { room, clock, reopen } = aRoom();
  let duplicates = 0;
  for (const batch of batches) duplicates += (await reopen().ingest(batch)).duplicate.length;
  const { sales, volume } = reopen().recent.volume("ETH", clock.now());
  return { room: reopen(), first: room, clock, sales, volume, duplicates };
}

test("a sale whose block was orphaned counts again when it is mined again under the same key", async () => {
  expect(await tell([sale()], [orphaned()], [sale()])).toMatchObject({
    sales: 1,
    volume: "10",
    duplicates: 0,
  });
});

test("and is orphaned again, and comes back again", async () => {
  const twice = [[sale()], [orphaned()], [sale()], [orphaned("orphaned-2")]];
  expect(await tell(...twice)).toMatchObject({ sales: 0, duplicates: 0 });
  expect(await tell(...twice, [sale()])).toMatchObject({ sales: 1, volume: "10", duplicates: 0 });
});

test("a repeat of the sale that stands is a repeat, before and after", async () => {
  expect(await tell([sale()], [sale()], [orphaned()], [sale()], [sale()])).toMatchObject({
    sales: 1,
    duplicates: 2,
  });
});

test("a batch that is sent again whole changes nothing", async () => {
  const batch = () => [sale(), orphaned()];
  expect(await tell(batch(), batch())).toMatchObject({ sales: 0, duplicates: 2 });
  const whole = () => [sale(), orphaned(), sale()];
  expect(await tell(whole(), whole())).toMatchObject({ sales: 1, volume: "10" });
});

test("a history that is told again from its start leads to the same end", async () => {
  expect(await tell([sale()], [orphaned()], [sale()], [orphaned()])).toMatchObject({ sales: 0 });
  const whole = [[sale()], [orphaned()], [sale()]];
  expect(await tell(...whole, ...whole)).toMatchObject({ sales: 1, volume: "10" });
});

test("what was replaced by a better event does not come back under its key", async () => {
  const better = anEvent({ event_key: "better", corrects: "0xabc:100", price: "7", occurred_at: at });
  expect(await tell([sale()], [better], [sale()])).toMatchObject({ sales: 1, volume: "7", duplicates: 1 });
});

test("a listing that is orphaned and mined again is in the book again", async () => {
  const listing = () => sale({ kind: "listing", from: "0xmaker", to: undefined, order_id: "a" });
  const { room, clock } = await tell([listing()], [orphaned()], [listing()]);
  expect(room.book.floor("ETH", clock.now())?.price).toBe("10");
});

describeOnEachBackend("an orphaned sale that is mined again", (backend) => {
  it.each([
    ["flushed one by one", true],
    ["flushed together", false],
  ])("counts once in Postgres, %s", async (_how, each) => {
    const { room, clock } = aRoom();
    const { flusher } = flusherOf(room, (batch, parts) => storeEvents(backend.db, batch, parts), clock.now);
    const flush = async () => {
      clock.advance(1000);
      await flusher.run(recordLog().log);
    };
    const sales = async () => {
      const { rollups, wallets, last_sale } = await readCounted(backend.db);
      const [day] = rollups.filter(({ grain, sales }) => grain === "day" && sales > 0);
      return [day?.sales ?? 0, day?.volume ?? "0", wallets.length, last_sale.price];
    };
    for (const event of [sale(), orphaned(), sale(), orphaned("orphaned-2")]) {
      await room.ingest([event]);
      if (each) await flush();
    }
    await flush();
    expect(await sales()).toEqual([0, "0", 0, null]);
    await room.ingest([sale()]);
    await flush();
    expect(await sales()).toEqual([1, "10", 2, "10"]);
  });
});
