import { describe, expect, test } from "vitest";
import { KEEP } from "../../../durable-objects/room/room.ts";
import { anEvent } from "../../support/events.ts";
import { aRoom, eventsOf, fixedClock } from "../../support/room.ts";

const HOUR = 3_600_000;

describe("numbers", () => {
  test("are given in the order of the batch, from 1, without a hole", async () => {
    const { room } = aRoom();
    const result = await room.ingest([anEvent(), anEvent(), anEvent()]);
    expect(result.accepted).toEqual([
      { index: 0, seq: 1 },
      { index: 1, seq: 2 },
      { index: 2, seq: 3 },
    ]);
    expect(eventsOf(room).map((event) => event.seq)).toEqual([1, 2, 3]);
  });

  test("are not given to what was seen before, in the same batch or an earlier one", async () => {
    const { room } = aRoom();
    const event = anEvent();
    await room.ingest([event]);
    const result = await room.ingest([event, anEvent({ event_key: "new" }), anEvent({ event_key: "new" })]);
    expect(result).toMatchObject({ duplicate: [0, 2], accepted: [{ index: 1, seq: 2 }], head: 2 });
  });

  test("go on after the object was evicted", async () => {
    const { room, reopen } = aRoom();
    await room.ingest([anEvent()]);
    const again = reopen();
    expect((await again.ingest([anEvent()])).accepted).toEqual([{ index: 0, seq: 2 }]);
    expect(again.log.epoch).toBe(room.log.epoch);
  });

  test("are the same for a batch that comes twice at once", async () => {
    const { room } = aRoom();
    const batch = [anEvent(), anEvent()];
    const results = await Promise.all([room.ingest(batch), room.ingest(batch)]);
    expect(results.map(({ accepted }) => accepted.length).sort()).toEqual([0, 2]);
    expect(results.map(({ duplicate }) => duplicate.length).sort()).toEqual([0, 2]);
    expect(room.log.head).toBe(2);
  });

  test("keep no hole inside the log when the clock stepped back", async () => {
    const { room, clock } = aRoom();
    await room.ingest(Array.from({ length: KEEP.log_events }, () => anEvent()));
    clock.advance(-2 * KEEP.log_ms);
    await room.ingest([anEvent({ occurred_at: "2025-12-01T00:00:00Z" })]);
    clock.advance(2 * KEEP.log_ms);
    await room.ingest(Array.from({ length: KEEP.log_events }, () => anEvent()));
    for (const mark of ["sent", "flushed"] as const) room.log.setMark(mark, room.log.head);
    clock.advance(KEEP.log_ms / 2);
    room.prune();
    expect(eventsOf(room).map((event) => event.seq)).toEqual(
      Array.from({ length: room.log.head - room.log.oldest + 1 }, (_, i) => room.log.oldest + i),
    );
  });

  test("are never given again once the log was pruned to nothing", async () => {
    const { room, clock, reopen } = aRoom();
    await room.ingest(Array.from({ length: KEEP.log_events + 5 }, () => anEvent()));
    room.log.setMark("flushed", room.log.head);
    room.log.setMark("sent", room.log.head);
    clock.advance(2 * KEEP.log_ms);
    room.prune();
    expect(room.log.oldest).toBe(6);
    const again = reopen();
    expect((await again.ingest([anEvent()])).accepted[0]?.seq).toBe(KEEP.log_events + 6);
  });
});

describe("a batch", () => {
  test("with an event from the future: the others go in, that one is refused with a reason", async () => {
    const { room } = aRoom();
    const result = await room.ingest([anEvent({ occurred_at: "2026-01-02T00:00:00Z" }), anEvent()]);
    expect(result.accepted).toEqual([{ index: 1, seq: 1 }]);
    expect(result.rejected).toMatchObject([{ index: 0, pointer: "/occurred_at" }]);
  });

  test("that fails half-way leaves nothing behind", async () => {
    const { room, sql } = aRoom();
    sql.all(
      "create trigger refuse before insert on recent_sales when new.seq = 2 begin select raise(abort, 'full'); end",
    );
    await expect(room.ingest([anEvent(), anEvent()])).rejects.toThrow("full");
    sql.all("drop trigger refuse");
    expect(eventsOf(room)).toEqual([]);
    expect((await room.ingest([anEvent()])).accepted[0]?.seq).toBe(1);
  });
});

describe("a price", () => {
  test("of the whole lot is brought to one item, and the total stays exact", async () => {
    const { room } = aRoom();
    await room.ingest([anEvent({ price: "0.906", price_basis: "total", quantity: 2 })]);
    expect(eventsOf(room)[0]).toMatchObject({ price: "0.453", total_price: "0.906", price_basis: "item" });
  });

  test("of one item is multiplied exactly, beyond what a float can hold", async () => {
    const { room } = aRoom();
    await room.ingest([anEvent({ price: "0.100000000000000001", quantity: "3" })]);
    expect(eventsOf(room)[0]?.total_price).toBe("0.300000000000000003");
  });

  test("of one item too small to be written is not known, rather than zero", async () => {
    const { room } = aRoom();
    const total = `0.${"0".repeat(35)}1`;
    await room.ingest([anEvent({ price: total, price_basis: "total", quantity: "3" })]);
    expect(eventsOf(room)[0]).toMatchObject({ price: null, total_price: total });
  });

  test("is written in one way only", async () => {
    const { room } = aRoom();
    await room.ingest([anEvent({ price: "0001.50", quantity: "02" })]);
    expect(eventsOf(room)[0]).toMatchObject({ price: "1.5", total_price: "3", quantity: "2" });
  });

  test("recorded as zero is not known", async () => {
    const { room } = aRoom();
    await room.ingest([anEvent({ price: "0.00" })]);
    expect(eventsOf(room)[0]).toMatchObject({ price: null, total_price: null });
    expect(room.lastPricedSale()).toBeNull();
  });
});

test("the zero address is nobody in a sale and a mint in a transfer", async () => {
  const zero = `0x${"0".repeat(40)}`;
  const { room } = aRoom();
  await room.ingest([anEvent({ to: zero }), anEvent({ kind: "transfer", from: zero, price: undefined })]);
  expect(eventsOf(room).map((event) => [event.from, event.to])).toEqual([
    ["0xseller", null],
    [zero, "0xbuyer"],
  ]);
});

test("a token id of 78 digits stays as it is", async () => {
  const { room } = aRoom();
  const token = "9".repeat(78);
  await room.ingest([anEvent({ token_id: token })]);
  expect(eventsOf(room)[0]?.token_id).toBe(token);
});

describe("the last sale", () => {
  test("is the one that happened last, not the one that came last", async () => {
    const { room } = aRoom();
    await room.ingest([
      anEvent({ price: "5", occurred_at: "2026-01-01T11:00:00Z" }),
      anEvent({ price: "4", occurred_at: "2026-01-01T09:00:00Z" }),
    ]);
    expect(room.lastPricedSale()?.price).toBe("5");
    expect(eventsOf(room).map((event) => event.seq)).toEqual([1, 2]);
  });

  test("is not one that was taken back before it came", async () => {
    const { room, clock } = aRoom();
    await room.ingest([
      anEvent({ event_key: "right", price: "5", corrects: "wrong" }),
      anEvent({ event_key: "wrong", price: "500", occurred_at: "2026-01-01T11:00:00Z" }),
    ]);
    expect(room.lastPricedSale()?.price).toBe("5");
    expect(room.recent.volume("ETH", clock.now())).toMatchObject({ sales: 1, volume: "5" });
  });

  test("counts no more once it is taken back, however many came after it", async () => {
    const { room, clock } = aRoom();
    const at = "2026-01-01T11:00:00Z";
    await room.ingest(
      Array.from({ length: 300 }, (_, i) => anEvent({ event_key: `s${i}`, occurred_at: at })),
    );
    await room.ingest(
      Array.from({ length: 100 }, (_, i) => anEvent({ kind: "cancel", corrects: `s${i}`, price: undefined })),
    );
    expect(room.recent.volume("ETH", clock.now())).toMatchObject({ sales: 200, volume: "200" });
  });

  test("is one in the collection's own unit, wrapped or not", async () => {
    const { room } = aRoom();
    await room.ingest([
      anEvent({ price: "5", occurred_at: "2026-01-01T09:00:00Z" }),
      anEvent({ price: "6", currency: "WETH", occurred_at: "2026-01-01T10:00:00Z" }),
      anEvent({ price: "9000", currency: "USDC", occurred_at: "2026-01-01T11:00:00Z" }),
    ]);
    expect(room.lastPricedSale()?.price).toBe("6");
  });

  test("that was taken back no longer counts", async () => {
    const { room } = aRoom();
    await room.ingest([anEvent({ price: "5" }), anEvent({ event_key: "wrong", price: "500" })]);
    await room.ingest([anEvent({ kind: "cancel", corrects: "wrong", price: undefined })]);
    expect(room.lastPricedSale()?.price).toBe("5");
    expect(room.recent.volume("ETH", room.log.writtenAt(1) ?? 0)).toMatchObject({ sales: 1, volume: "5" });
  });
});

describe("the volume of a day", () => {
  test("adds decimals exactly and leaves out what is older", async () => {
    const clock = fixedClock();
    const { room } = aRoom(clock);
    await room.ingest([
      anEvent({ price: "0.1", occurred_at: "2026-01-01T11:00:00Z" }),
      anEvent({ price: "0.2", currency: "WETH", occurred_at: "2026-01-01T11:00:00Z" }),
      anEvent({ price: "7", occurred_at: "2025-12-30T11:00:00Z" }),
    ]);
    expect(room.recent.volume("ETH", clock.now())).toMatchObject({
      sales: 2,
      volume: "0.3",
      currency: "ETH",
    });
    clock.advance(24 * HOUR);
    expect(room.recent.volume("ETH", clock.now())).toMatchObject({ sales: 0, volume: null });
  });
});
