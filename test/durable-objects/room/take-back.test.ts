import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { KEEP } from "../../../durable-objects/room/room.ts";
import type { Floor } from "../../../shared/contracts/market.ts";
import { lowest, openListings } from "../../support/book-model.ts";
import { anEvent } from "../../support/events.ts";
import { aRoom, eventsOf, NOON } from "../../support/room.ts";

const MINUTE = 60_000;
const at = (minutes: number) => new Date(NOON + minutes * MINUTE).toISOString();

function aListing(partial: Parameters<typeof anEvent>[0] = {}) {
  return anEvent({ kind: "listing", from: "0xmaker", to: undefined, occurred_at: at(-60), ...partial });
}
const takeBack = (key: string) => anEvent({ kind: "cancel", corrects: key, price: undefined });

/** The causes and prices of the floor's changes, one for each event. */
async function changesAfter(...events: ReturnType<typeof anEvent>[]) {
  const { room } = aRoom();
  await room.ingest(events);
  return eventsOf(room).map(({ floor_change }) =>
    floor_change === null ? null : [floor_change.cause, floor_change.floor?.price ?? null],
  );
}

describe("a listing stands again when what closed it is taken back", () => {
  const closers = {
    "a sale of its order": anEvent({ event_key: "x1", order_id: "a", occurred_at: at(-50) }),
    "a sale of its token": anEvent({ event_key: "x2", from: "0xmaker", occurred_at: at(-50) }),
    "a transfer": anEvent({
      event_key: "x3",
      kind: "transfer",
      from: "0xmaker",
      price: undefined,
      occurred_at: at(-50),
    }),
    "a cancel": anEvent({
      event_key: "x4",
      kind: "cancel",
      order_id: "a",
      price: undefined,
      occurred_at: at(-50),
    }),
    "a cancel of all of the token": anEvent({
      event_key: "x5",
      kind: "cancel",
      from: undefined,
      price: undefined,
      occurred_at: at(-50),
    }),
    "a change of its price": aListing({ event_key: "x6", order_id: "a", price: "9", occurred_at: at(-50) }),
    "a cancel of all that its maker listed": anEvent({
      event_key: "x7",
      kind: "cancel",
      from: "0xmaker",
      token_id: undefined,
      price: undefined,
      occurred_at: at(-50),
    }),
  };
  for (const [name, closer] of Object.entries(closers)) {
    test(name, async () => {
      const changes = await changesAfter(
        aListing({ order_id: "a", price: "5" }),
        closer,
        takeBack(closer.event_key),
      );
      expect(changes.at(-1)).toEqual(["correction", "5"]);
    });

    test(`${name}, which was told before the listing`, async () => {
      const changes = await changesAfter(
        closer,
        aListing({ order_id: "a", price: "5" }),
        takeBack(closer.event_key),
      );
      expect(changes.at(-1)).toEqual(["correction", "5"]);
    });
  }
});

describe("a listing stays closed when what closed it is taken back", () => {
  const sale = () => anEvent({ event_key: "wrong", order_id: "a", from: "0xmaker", occurred_at: at(-50) });

  test("and it has run out", async () => {
    const listing = aListing({ order_id: "a", price: "5", expires_at: at(-30) });
    expect((await changesAfter(listing, sale(), takeBack("wrong"))).at(-1)).toBeNull();
  });

  test("and something else closed it since", async () => {
    const changes = await changesAfter(
      aListing({ order_id: "a", price: "5" }),
      sale(),
      anEvent({ kind: "cancel", order_id: "a", price: undefined, occurred_at: at(-40) }),
      takeBack("wrong"),
    );
    expect(changes.at(-1)).toBeNull();
  });

  test("and its maker has listed the token anew and cancelled that", async () => {
    const changes = await changesAfter(
      aListing({ price: "5" }),
      sale(),
      aListing({ event_key: "anew", price: "6", occurred_at: at(-40) }),
      anEvent({ kind: "cancel", order_id: "anew", price: undefined, occurred_at: at(-30) }),
      takeBack("wrong"),
    );
    expect(changes.at(-1)).toBeNull();
  });
});

test("a correction that replaces a sale closes what it names, and reopens what the wrong one named", async () => {
  const changes = await changesAfter(
    aListing({ order_id: "a", token_id: "1", price: "5" }),
    aListing({ order_id: "b", token_id: "2", price: "6" }),
    anEvent({ event_key: "wrong", order_id: "a", token_id: "1", from: "0xmaker", occurred_at: at(-50) }),
    anEvent({ corrects: "wrong", order_id: "b", token_id: "2", from: "0xmaker", occurred_at: at(-50) }),
  );
  expect(changes).toEqual([["new_listing", "5"], null, ["sale", "6"], ["correction", "5"]]);
});

test("a part of a lot that was sold before its listing was told leaves the rest standing", async () => {
  const { room } = aRoom();
  const fill = (quantity: string, event_key: string) =>
    anEvent({ event_key, order_id: "lot", from: "0xmaker", quantity, occurred_at: at(-50) });
  await room.ingest([fill("2", "s1"), aListing({ order_id: "lot", price: "2", quantity: "5" })]);
  expect(room.book.size()).toBe(1);
  await room.ingest([fill("3", "s2")]);
  expect(room.book.size()).toBe(0);
  await room.ingest([takeBack("s1")]);
  expect(room.book.size()).toBe(1);
});

test("a listing that is told again after its key was forgotten is still one listing", async () => {
  const { room, clock } = aRoom();
  const listing = aListing({ order_id: "a", price: "5" });
  await room.ingest([listing]);
  clock.advance(KEEP.keys_ms + MINUTE);
  room.prune();
  expect((await room.ingest([listing])).accepted).toHaveLength(1);
  expect(room.book.size()).toBe(1);
});

test("what closed listings is forgotten with the keys", async () => {
  const { room, clock, sql } = aRoom();
  await room.ingest([
    aListing({ order_id: "a" }),
    anEvent({ order_id: "a", from: "0xmaker", occurred_at: at(-50) }),
  ]);
  clock.advance(KEEP.book_guards_ms + MINUTE);
  room.prune();
  for (const table of ["closed_listings", "order_ends", "token_ends"])
    expect(sql.all(`select * from ${table}`)).toEqual([]);
});

const ORDERS = 6;
const key = fc.nat(24).map((n) => `k${n}`);
/** Each order is of one token and one maker; ends that name an order come after all listings. */
const told = fc.record({
  kind: fc.constantFrom("listing", "listing", "sale", "transfer", "cancel", "cancel"),
  order: fc.nat(ORDERS - 1),
  named: fc.boolean(),
  nameless: fc.boolean(),
  all: fc.boolean(),
  from: fc.boolean(),
  marketplace: fc.boolean(),
  minute: fc.integer({ min: 0, max: 59 }),
  price: fc.integer({ min: 1, max: 9 }).map(String),
  quantity: fc.constantFrom("1", "1", "1", "2", "3"),
  expires: fc.option(fc.integer({ min: -30, max: 120 }), { nil: undefined }),
  corrects: fc.option(key, { nil: undefined, freq: 3 }),
  advance: fc.constantFrom(0, 0, 0, 20),
});

test("whatever is told, late, twice or taken back, the book holds what stands and the floor's changes lead to it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(told, { minLength: 3, maxLength: 25 }), async (steps) => {
      const { room, clock, sql, reopen } = aRoom();
      // The first sets the room's unit.
      const events = [aListing({ event_key: "first", token_id: "other", price: "100" })];
      await room.ingest(events);
      for (const [index, step] of steps.entries()) {
        clock.advance(step.advance * MINUTE);
        const listing = step.kind === "listing";
        const late = !listing && step.named ? 60 : 0;
        const event = anEvent({
          event_key: `k${index}`,
          kind: step.kind,
          // A cancel of no token and no order is of all that its maker listed.
          token_id: step.kind === "cancel" && step.all ? undefined : `t${step.order % 3}`,
          order_id: listing
            ? step.nameless
              ? undefined
              : `o${step.order}`
            : step.named
              ? `o${step.order}`
              : undefined,
          from: listing || step.from ? `0xm${step.order % 2}` : undefined,
          to: "0xbuyer",
          marketplace: step.marketplace ? "here" : undefined,
          price: step.kind === "transfer" || step.kind === "cancel" ? undefined : step.price,
          quantity: step.quantity,
          // No two of one time, which only the order of telling could tell apart.
          occurred_at: new Date(NOON + (step.minute + late - 120) * MINUTE + index).toISOString(),
          expires_at: listing && step.expires !== undefined ? at(step.expires) : undefined,
          corrects: step.corrects,
        });
        events.push(event);
        // Every third by an instance that was evicted in between.
        await (index % 3 === 0 ? reopen() : room).ingest([event]);
        room.log.reload();
        room.facts.reload();
        const open = openListings(events, clock.now());
        const held = sql.all<{ event_key: string }>("select event_key from book");
        expect(held.map((row) => row.event_key).sort()).toEqual(open.map((one) => one.event_key).sort());
        let floor: Floor | null = null;
        for (const { floor_change } of eventsOf(room)) {
          if (floor_change === null) continue;
          expect(floor_change.previous).toEqual(floor);
          floor = floor_change.floor;
        }
        expect(floor?.price ?? null).toBe(lowest(open)?.price ?? null);
        expect(floor?.order_id ?? null).toBe(lowest(open)?.order_id ?? lowest(open)?.event_key ?? null);
      }
    }),
    { numRuns: 300 },
  );
});
