import { describe, expect, test } from "vitest";
import { anEvent } from "../../support/events.ts";
import { aRoom, eventsOf, NOON } from "../../support/room.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (ms: number) => new Date(NOON + ms).toISOString();

function aListing(partial: Parameters<typeof anEvent>[0] = {}) {
  return anEvent({ kind: "listing", from: "0xmaker", to: undefined, occurred_at: at(0), ...partial });
}
const dutch = (partial: Parameters<typeof anEvent>[0] = {}) =>
  aListing({ order_id: "dutch", price: "24.84", end_price: "4.84", expires_at: at(10 * DAY), ...partial });

/** A room whose alarm comes when it asks for it. */
async function aWatchedRoom(...events: ReturnType<typeof anEvent>[]) {
  const { room, clock } = aRoom();
  await room.ingest(events);
  const floor = () => {
    const shown = room.facts.get("floor");
    return shown && [shown.order_id, Number(shown.price)];
  };
  const until = (ms: number) => {
    let alarms = 0;
    for (;;) {
      const due = Math.min(room.nextPriceChange() ?? Infinity, room.book.nextExpiry() ?? Infinity);
      if (due > NOON + ms) break;
      clock.advance(Math.max(0, due - clock.now()));
      room.expire();
      alarms += 1;
    }
    clock.advance(NOON + ms - clock.now());
    return alarms;
  };
  return { room, clock, floor, until };
}

describe("a listing whose price moves", () => {
  test("is in the book at its price of the moment: 14.84 half way from 24.84 to 4.84", async () => {
    const { room } = await aWatchedRoom(dutch());
    expect(room.book.floor("ETH", NOON)?.price).toBe("24.84");
    expect(room.book.floor("ETH", NOON + 5 * DAY)).toMatchObject({
      price: "14.84",
      schedule: { start_price: "24.84", end_price: "4.84", starts_at: at(0), ends_at: at(10 * DAY) },
    });
    expect(room.book.floor("ETH", NOON + 10 * DAY)).toBeNull();
  });

  test("becomes the floor when it comes below another, and not a moment before", async () => {
    const { room, floor, until } = await aWatchedRoom(
      dutch(),
      aListing({ order_id: "fixed", token_id: "2", price: "20" }),
    );
    expect(floor()).toEqual(["fixed", 20]);
    // 4.84 of 20 are gone after 2.42 days.
    until(2.41 * DAY);
    expect(floor()).toEqual(["fixed", 20]);
    until(2.43 * DAY);
    expect(floor()?.[0]).toBe("dutch");
    const change = eventsOf(room).find(({ floor_change }) => floor_change?.cause === "price_over_time");
    expect(change).toMatchObject({ kind: "metadata", source: "room", order_id: "dutch" });
    expect(Math.abs(Date.parse(change?.occurred_at ?? "") - (NOON + 2.42 * DAY))).toBeLessThan(5000);
  });

  test("tells its price again in steps of half a percent, as numbered events", async () => {
    const { room, floor, until } = await aWatchedRoom(dutch());
    const alarms = until(5 * DAY);
    expect(Math.abs(Number(floor()?.[1]) - 14.84)).toBeLessThan(14.84 * 0.006);
    expect(alarms).toBeLessThan(150);
    for (const { floor_change } of eventsOf(room).slice(1))
      expect(floor_change?.cause).toBe("price_over_time");
  });

  test("gives the floor back when it rises above another, runs out or is sold", async () => {
    const rising = dutch({ price: "1", end_price: "11" });
    const fixed = aListing({ order_id: "fixed", token_id: "2", price: "5", expires_at: at(20 * DAY) });
    const { floor, until } = await aWatchedRoom(rising, fixed);
    until(3 * DAY);
    expect(floor()?.[0]).toBe("dutch");
    until(4.1 * DAY);
    expect(floor()).toEqual(["fixed", 5]);
    const falling = await aWatchedRoom(dutch({ price: "4", end_price: "2" }), fixed);
    falling.until(10.1 * DAY);
    expect(falling.floor()).toEqual(["fixed", 5]);
    const sold = await aWatchedRoom(dutch({ price: "4", end_price: "2" }), fixed);
    sold.until(DAY);
    await sold.room.ingest([anEvent({ order_id: "dutch", from: "0xmaker", occurred_at: at(DAY) })]);
    expect(sold.floor()).toEqual(["fixed", 5]);
  });

  test("of a lot is per item at both ends", async () => {
    const { room } = await aWatchedRoom(
      dutch({ price: "40", end_price: "20", price_basis: "total", quantity: "4" }),
    );
    expect(room.book.floor("ETH", NOON + 5 * DAY)?.price).toBe("7.5");
  });

  test("is told once a minute at most, also where two fall on the same curve or close to each other", async () => {
    const sale = { price: "10", end_price: "1", expires_at: at(HOUR) };
    const { room, floor, until } = await aWatchedRoom(
      dutch(sale),
      dutch({ ...sale, order_id: "equal", token_id: "2", from: "0xother" }),
      dutch({ ...sale, order_id: "near", token_id: "3", from: "0xthird", price: "10.000001" }),
    );
    until(HOUR / 2);
    expect(Number(floor()?.[1])).toBeCloseTo(5.5, 0);
    expect(room.log.head).toBeLessThanOrEqual(3 + 2 * 30);
  });

  test("is right after an absence of any length, which is caught up with in a bounded number of steps", async () => {
    const years = { price: "1000", end_price: "1", expires_at: at(1000 * DAY) };
    const { room, clock } = await aWatchedRoom(
      dutch(years),
      dutch({ ...years, order_id: "b", token_id: "2" }),
    );
    clock.advance(500 * DAY);
    room.expire();
    expect(room.facts.get("floor")?.price).toBe("500.5");
    expect(room.log.head).toBeLessThan(250);
  });

  test("is the same after an eviction and after a long sleep", async () => {
    const { room, clock } = await aWatchedRoom(
      dutch(),
      aListing({ order_id: "fixed", token_id: "2", price: "20" }),
    );
    clock.advance(5 * DAY);
    room.expire();
    expect(room.facts.get("floor")?.order_id).toBe("dutch");
    expect(Math.abs(Number(room.facts.get("floor")?.price) - 14.84)).toBeLessThan(0.1);
  });
});

test("a listing that opens later is the floor from then on", async () => {
  const { floor, until } = await aWatchedRoom(
    aListing({ order_id: "now", price: "5" }),
    aListing({ order_id: "later", token_id: "2", price: "3", starts_at: at(HOUR), expires_at: at(DAY) }),
  );
  until(HOUR - 1);
  expect(floor()).toEqual(["now", 5]);
  until(HOUR + 1000);
  expect(floor()).toEqual(["later", 3]);
});
