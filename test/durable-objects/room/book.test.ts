import { describe, expect, test } from "vitest";
import { anEvent } from "../../support/events.ts";
import { aRoom, eventsOf, NOON } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";
import * as unversioned from "../../support/unversioned-storage.ts";

const MINUTE = 60_000;
const at = (minutes: number) => new Date(NOON + minutes * MINUTE).toISOString();

function aListing(partial: Parameters<typeof anEvent>[0] = {}) {
  return anEvent({ kind: "listing", from: "0xmaker", to: undefined, occurred_at: at(-60), ...partial });
}

async function changesAfter(...events: ReturnType<typeof anEvent>[]) {
  const { room } = aRoom();
  await room.ingest(events);
  return eventsOf(room).map((event) =>
    event.floor_change ? [event.floor_change.cause, event.floor_change.floor?.price ?? null] : null,
  );
}

describe("the floor moves", () => {
  test("by a new listing that is lower, and not by a higher one", async () => {
    expect(
      await changesAfter(
        aListing({ token_id: "1", price: "5" }),
        aListing({ token_id: "2", price: "6" }),
        aListing({ token_id: "3", price: "4.5" }),
      ),
    ).toEqual([["new_listing", "5"], null, ["new_listing", "4.5"]]);
  });

  test("by a sale of the lowest to the next one", async () => {
    expect(
      await changesAfter(
        aListing({ token_id: "1", price: "5", order_id: "a" }),
        aListing({ token_id: "2", price: "6", order_id: "b" }),
        anEvent({ token_id: "1", from: "0xmaker", order_id: "a", occurred_at: at(-50) }),
      ),
    ).toEqual([["new_listing", "5"], null, ["sale", "6"]]);
  });

  test("to nothing, which is null and not zero, when the last listing is cancelled", async () => {
    expect(
      await changesAfter(
        aListing({ order_id: "a", price: "5" }),
        anEvent({ kind: "cancel", order_id: "a", price: undefined, occurred_at: at(-50) }),
      ),
    ).toEqual([
      ["new_listing", "5"],
      ["cancel", null],
    ]);
  });

  test("by a reprice of the same single item by the same maker, where listings name no order", async () => {
    expect(
      await changesAfter(
        aListing({ price: "5" }),
        aListing({ price: "4", occurred_at: at(-50) }),
        aListing({ price: "9", occurred_at: at(-40) }),
      ),
    ).toEqual([
      ["new_listing", "5"],
      ["reprice", "4"],
      ["reprice", "9"],
    ]);
  });

  test("when the token is given away by who listed it", async () => {
    expect(
      await changesAfter(
        aListing({ price: "5" }),
        anEvent({
          kind: "transfer",
          from: "0xmaker",
          to: "0xfriend",
          price: undefined,
          occurred_at: at(-50),
        }),
      ),
    ).toEqual([
      ["new_listing", "5"],
      ["transfer", null],
    ]);
  });

  test("back when the listing turns out never to have been", async () => {
    expect(
      await changesAfter(
        aListing({ token_id: "1", price: "5" }),
        aListing({ token_id: "2", price: "1", event_key: "wrong" }),
        anEvent({ kind: "cancel", corrects: "wrong", price: undefined }),
      ),
    ).toEqual([
      ["new_listing", "5"],
      ["new_listing", "1"],
      ["correction", "5"],
    ]);
  });

  test("when the lowest listing runs out, by a numbered event of the room's own", async () => {
    const { room, clock } = aRoom();
    await room.ingest([
      aListing({ token_id: "1", price: "5", expires_at: at(10) }),
      aListing({ token_id: "2", price: "6", expires_at: at(20) }),
    ]);
    expect(room.book.nextExpiry()).toBe(NOON + 10 * MINUTE);
    clock.advance(11 * MINUTE);
    room.expire();
    const expiry = eventsOf(room).at(-1);
    // By the listing's own clock, however late it is noticed.
    expect(expiry).toMatchObject({ occurred_at: at(10), floor_change: { at: at(10) } });
    expect(expiry).toMatchObject({ seq: 3, kind: "cancel", source: "room", token_id: "1" });
    expect(expiry?.floor_change).toMatchObject({
      cause: "expiry",
      floor: { price: "6" },
      previous: { price: "5" },
    });
    room.expire();
    expect(room.log.head).toBe(3);
  });
});

describe("two orders of one maker and token stand at once", () => {
  const cheap = () => aListing({ order_id: "0x1", price: "0.489955" });
  const dear = () => aListing({ order_id: "0x2", price: "0.5499", occurred_at: at(-50) });
  const cancel = (order_id: string) =>
    anEvent({ kind: "cancel", order_id, price: undefined, occurred_at: at(-40) });
  const floorAfter = async (...events: ReturnType<typeof anEvent>[]) => {
    const { room, clock } = aRoom();
    await room.ingest(events);
    return room.book.floor("ETH", clock.now())?.price ?? null;
  };

  test("a dearer one does not hide the cheaper, and its cancel leaves the cheaper standing", async () => {
    expect(await floorAfter(cheap(), dear())).toBe("0.489955");
    expect(await floorAfter(cheap(), dear(), cancel("0x2"))).toBe("0.489955");
  });

  test("the cheaper one second and then cancelled leaves the dearer", async () => {
    const later = { ...cheap(), occurred_at: at(-45) };
    expect(await floorAfter(dear(), later)).toBe("0.489955");
    expect(await floorAfter(dear(), later, cancel("0x1"))).toBe("0.5499");
  });

  test("also where the key of each event is its order's id", async () => {
    const keyed = { ...cheap(), event_key: "0x1" };
    expect(await floorAfter(keyed, { ...dear(), event_key: "0x2" })).toBe("0.489955");
  });

  test("a sale or transfer by the maker closes both, whichever of them was filled", async () => {
    const sale = anEvent({ order_id: "0x2", from: "0xmaker", occurred_at: at(-40) });
    expect(await floorAfter(cheap(), dear(), sale)).toBeNull();
    const transfer = anEvent({ kind: "transfer", from: "0xmaker", price: undefined, occurred_at: at(-40) });
    expect(await floorAfter(cheap(), dear(), transfer)).toBeNull();
  });

  test("a raised counter, which is a cancel without order and token, closes all of its maker and nobody else's", async () => {
    const counter = anEvent({
      kind: "cancel",
      from: "0xmaker",
      token_id: undefined,
      price: undefined,
      occurred_at: at(-40),
    });
    const other = aListing({ order_id: "0x3", from: "0xother", token_id: "2", price: "9" });
    expect(await floorAfter(cheap(), dear(), other, counter)).toBe("9");
    expect(await floorAfter(counter, cheap(), dear(), other)).toBe("9");
  });

  test("a lot beside a single item stands when one item is sold", async () => {
    const lot = aListing({ order_id: "lot", price: "0.4", quantity: "3" });
    const sale = anEvent({ order_id: "0x1", from: "0xmaker", occurred_at: at(-40) });
    expect(await floorAfter(lot, cheap(), sale)).toBe("0.4");
  });

  test("an order that is read as active after its token moved stands again", async () => {
    const transfer = anEvent({ kind: "transfer", from: "0xmaker", price: undefined, occurred_at: at(-40) });
    const active = { ...cheap(), event_key: "read-active", occurred_at: at(-30) };
    expect(await floorAfter(cheap(), transfer, active)).toBe("0.489955");
  });
});

test("a book from before listings said whether their order was named learns it", () => {
  const sql = memorySql();
  const { schema, rows } = unversioned.collectionRoom;
  for (const statement of schema) sql.all(statement);
  for (const [table, own] of Object.entries({ book: rows.book, marks: rows.marks }))
    for (const row of own)
      sql.all(
        `insert into ${table} (${Object.keys(row)}) values (${Object.keys(row).map(() => "?")})`,
        ...Object.values(row),
      );
  sql.all("update book set order_id = event_key where order_id = '0x3'");
  sql.all("alter table book drop column named");
  sql.all("alter table closed_listings drop column named");
  aRoom(undefined, sql);
  expect(sql.all("select order_id, named from book order by order_id")).toEqual([
    { order_id: "0x1", named: 1 },
    { order_id: "l3", named: 0 },
  ]);
});

describe("a listing that is told late", () => {
  test("does not open when its cancel came before it", async () => {
    expect(
      await changesAfter(
        anEvent({ kind: "cancel", order_id: "a", price: undefined, occurred_at: at(-10) }),
        aListing({ order_id: "a", price: "5" }),
      ),
    ).toEqual([null, null]);
  });

  test("opens again when it was made valid again after it was closed", async () => {
    expect(
      await changesAfter(
        aListing({ order_id: "a", price: "5" }),
        anEvent({ kind: "cancel", order_id: "a", price: undefined, occurred_at: at(-20) }),
        aListing({ order_id: "a", price: "5", occurred_at: at(-10) }),
      ),
    ).toEqual([
      ["new_listing", "5"],
      ["cancel", null],
      ["new_listing", "5"],
    ]);
  });

  test("does not open when its maker has sold the token since", async () => {
    expect(
      await changesAfter(
        anEvent({ from: "0xmaker", order_id: "other", occurred_at: at(-10) }),
        aListing({ order_id: "a", price: "5" }),
      ),
    ).toEqual([null, null]);
  });

  test("does not open when it has run out already", async () => {
    expect(await changesAfter(aListing({ price: "5", expires_at: at(-1) }))).toEqual([null]);
  });

  test("does not undo a newer price of the same order", async () => {
    expect(
      await changesAfter(
        aListing({ order_id: "a", price: "5", occurred_at: at(-10) }),
        aListing({ order_id: "a", price: "3", occurred_at: at(-30) }),
      ),
    ).toEqual([["new_listing", "5"], null]);
  });
});

test("listings with long keys of their own each run out with a number of their own", async () => {
  const { room, clock } = aRoom();
  const key = (n: number) => `${"k".repeat(195)}0000${n}`;
  await room.ingest([
    aListing({ event_key: key(1), token_id: "1", price: "1", expires_at: at(10) }),
    aListing({ event_key: key(2), token_id: "2", price: "2", expires_at: at(20) }),
  ]);
  for (let i = 0; i < 2; i++) {
    clock.advance(11 * MINUTE);
    room.expire();
  }
  const keys = eventsOf(room).map((event) => event.event_key);
  expect(new Set(keys).size).toBe(4);
});

test("a lot of several items stays open with what is left of it", async () => {
  const { room } = aRoom();
  await room.ingest([
    aListing({ order_id: "lot", price: "2", quantity: "5" }),
    anEvent({ order_id: "lot", from: "0xmaker", quantity: "3", occurred_at: at(-50) }),
  ]);
  expect(room.book.floor("ETH", NOON)?.price).toBe("2");
  await room.ingest([anEvent({ order_id: "lot", from: "0xmaker", quantity: "2", occurred_at: at(-40) })]);
  expect(room.book.floor("ETH", NOON)).toBeNull();
});

test("prices are compared as numbers, whatever their length", async () => {
  const { room } = aRoom();
  await room.ingest([
    aListing({ token_id: "1", price: "10" }),
    aListing({ token_id: "2", price: "9.5" }),
    aListing({ token_id: "3", price: "9.49999999999999999999" }),
  ]);
  expect(room.book.floor("ETH", NOON)?.token_id).toBe("3");
});

test("a listing in another unit never is the floor; a wrapped coin is the same unit", async () => {
  const { room } = aRoom();
  await room.ingest([
    aListing({ token_id: "1", price: "5", currency: "ETH" }),
    aListing({ token_id: "2", price: "3", currency: "USDC" }),
    aListing({ token_id: "3", price: "4", currency: "WETH" }),
  ]);
  expect(room.book.floor("ETH", NOON)).toMatchObject({ token_id: "3", currency: "WETH" });
});
