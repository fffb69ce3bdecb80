import { describe, expect, test } from "vitest";
import type { FlushBatch } from "../../../shared/market/flush-batch.ts";
import { roomFailed, roomFault } from "../../../shared/market/room-fault.ts";
import { anEvent } from "../../support/events.ts";
import { flusherOf } from "../../support/flusher.ts";
import { aLiveRoom, settle } from "../../support/live.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { aRoom, fixedClock, NOON } from "../../support/room.ts";

const BUDGET = 1_500_000;
/** What one batch may add on top, before the next one makes room. */
const BATCH = 1_000_000;

/** A room with a small budget, over a Postgres that keeps what it takes while it is `there`. */
function aSmallRoom() {
  const clock = fixedClock();
  const live = aLiveRoom(clock, { budget: BUDGET });
  const stored = new Map<string, number>();
  const postgres = { there: true };
  const store = async ({ events }: FlushBatch) => {
    if (!postgres.there) throw new Error("away");
    for (const { event_key } of events) stored.set(event_key, (stored.get(event_key) ?? 0) + 1);
  };
  const { flusher } = flusherOf(live.room, store, clock.now);
  const flush = async () => {
    flusher.wake();
    clock.advance(10_000);
    await flusher.run(recordLog().log);
  };
  return { live, room: live.room, stored, postgres, flush };
}

/** An old sale of a replay; each is told once. */
const oldSales = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) =>
    anEvent({
      event_key: `0xsale:${first + i}`,
      token_id: String(first + i),
      occurred_at: new Date(NOON - 300 * 86_400_000 + (first + i) * 1000).toISOString(),
    }),
  );

describe("a room with a budget", () => {
  test("stays within it under a long replay, loses nothing, and tells whoever comes late where to read", async () => {
    const { live, room, stored, flush } = aSmallRoom();
    let largest = 0;
    for (let first = 1; first <= 6000; first += 500) {
      await room.ingest(oldSales(first, 500));
      live.emit();
      largest = Math.max(largest, room.size());
      await flush();
    }
    expect(largest).toBeLessThan(BUDGET + BATCH);
    expect(stored.size).toBe(6000);
    expect([...new Set(stored.values())]).toEqual([1]);
    expect(room.log.oldest).toBeGreaterThan(1000);
    const late = live.connect();
    await live.say(late, { op: "subscribe", from: { epoch: "ep_1", seq: 5 } });
    expect(late.frame("reset")).toMatchObject({
      reason: "log_pruned",
      read_from: "/api/v1/collections/punks/events?epoch=ep_1&after_seq=5",
    });
    // The snapshot still has the newest sales, though the log has forgotten some of them.
    expect(late.frame("snapshot")?.last_sales).toHaveLength(20);
    const young = live.connect();
    await live.say(young, { op: "subscribe", from: { epoch: "ep_1", seq: room.log.oldest - 1 } });
    await settle();
    expect(young.numbers).toEqual(
      Array.from({ length: 6000 - room.log.oldest + 1 }, (_, i) => room.log.oldest + i),
    );
  });

  test("forgets nothing that Postgres does not have: it takes no more, and goes on when that is back", async () => {
    const { live, room, stored, postgres, flush } = aSmallRoom();
    postgres.there = false;
    let taken = 0;
    let failure: unknown;
    for (let first = 1; failure === undefined && first < 10_000; first += 200) {
      failure = await room.ingest(oldSales(first, 200)).then(
        ({ accepted }) => {
          taken += accepted.length;
        },
        (error: unknown) => error,
      );
      live.emit();
      await flush();
    }
    expect(roomFault(failure)).toBe("storage_full");
    const { log, lines } = recordLog();
    const rooms = {
      collectionObject: () => ({ class_key: "CollectionRoom", id: "1" }),
      board: { roomFailed: async () => {} },
    };
    expect(await roomFailed({ log, rooms }, "punks", failure)).toMatchObject({ code: "storage_full" });
    expect(lines).toMatchObject([{ advice: expect.stringContaining("ROOM_STORAGE_MB") }]);
    expect(taken).toBeGreaterThan(200);
    expect([room.log.head, room.log.oldest]).toEqual([taken, 1]);
    postgres.there = true;
    await flush();
    expect(stored.size).toBe(taken);
    // The batch that was refused is sent again.
    expect((await room.ingest(oldSales(taken + 1, 200))).accepted).toHaveLength(200);
  });

  test("knows again what came just before, and lets Postgres know what came long before", async () => {
    const { live, room, flush } = aSmallRoom();
    for (let first = 1; first <= 6000; first += 500) {
      await room.ingest(oldSales(first, 500));
      live.emit();
      await flush();
    }
    expect((await room.ingest(oldSales(5900, 50))).duplicate).toHaveLength(50);
  });
});

describe("a room whose book alone is larger than its budget", () => {
  const openListings = (first: number) =>
    Array.from({ length: 500 }, (_, i) =>
      anEvent({ kind: "listing", order_id: `0xorder:${first + i}`, token_id: String(first + i) }),
    );

  test("refuses while events wait for Postgres, and takes events again as soon as none do", async () => {
    const { live, room, stored, postgres, flush } = aSmallRoom();
    let taken = 0;
    const ingest = async () => {
      taken += (await room.ingest(openListings(taken))).accepted.length;
      live.emit();
    };
    while (room.book.size() < 4000) {
      await ingest();
      await flush();
    }
    expect(room.size()).toBeGreaterThan(BUDGET);
    await ingest();
    postgres.there = false;
    await flush();
    await expect(ingest()).rejects.toThrow("ROOM_FULL");
    postgres.there = true;
    await flush();
    await ingest();
    await flush();
    expect(stored.size).toBe(taken);
  });
});

test("a room keeps the texts of its newest sales, and not of all that once were among them", async () => {
  const { room, sql, clock } = aRoom();
  for (let first = 0; first < 1000; first += 200) {
    const sales = Array.from({ length: 200 }, (_, i) =>
      anEvent({ occurred_at: new Date(NOON + (first + i) * 1000).toISOString() }),
    );
    clock.advance(200_000);
    await room.ingest(sales);
    room.log.setMark("sent", room.log.head);
    room.log.setMark("flushed", room.log.head);
    room.log.dropOldest(200, (last) => room.recent.keepBodies(last));
  }
  expect(sql.all("select count(*) as n from sale_bodies")).toEqual([{ n: 100 }]);
  expect(room.recent.newest(100)).toHaveLength(100);
});

test("a room prunes at most every ten minutes, also across its lives", async () => {
  const { room, clock, sql, reopen } = aRoom();
  await room.ingest([anEvent()]);
  room.prune();
  const pruned = sql.all("select value from marks where name = 'pruned'");
  clock.advance(60_000);
  reopen().prune();
  expect(sql.all("select value from marks where name = 'pruned'")).toEqual(pruned);
  clock.advance(600_000);
  reopen().prune();
  expect(sql.all("select value from marks where name = 'pruned'")).not.toEqual(pruned);
});

test("a sale whose key the room has forgotten can be taken back as long as a snapshot shows it", async () => {
  const { room, sql, clock } = aRoom();
  await room.ingest([anEvent({ event_key: "sale" }), anEvent({ event_key: "other" })]);
  sql.all("delete from keys");
  await room.ingest([anEvent({ event_key: "back", kind: "cancel", corrects: "sale" })]);
  const shown = room.recent.newest().map((body) => JSON.parse(body).event_key);
  expect(shown).toEqual(["other"]);
  expect(room.recent.volume("ETH", clock.now()).sales).toBe(1);
});
