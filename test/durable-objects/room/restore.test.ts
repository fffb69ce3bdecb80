import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { z } from "zod";
import { readRows } from "../../../shared/db/rows.ts";
import { storeEvents } from "../../../shared/market/store-events.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { anEvent } from "../../support/events.ts";
import { flusherOf } from "../../support/flusher.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { aRoom, eventsOf } from "../../support/room.ts";
import { copyOf, memorySql } from "../../support/sqlite.ts";

const MARKET_TABLES = [
  "market_events",
  "collection_state",
  "event_corrections",
  "rollups",
  "wallet_days",
  "floor_changes",
];

describeOnEachBackend("a room and a database of which one was restored", (backend) => {
  function open(storage = memorySql()) {
    const { room, clock } = aRoom(undefined, storage);
    const { log, lines } = recordLog();
    const { flusher, reconciled } = flusherOf(
      room,
      (batch, parts) => storeEvents(backend.db, batch, parts),
      clock.now,
    );
    let told = 0;
    const ingest = (count: number, name: string) => {
      told += count;
      return room.ingest(
        Array.from({ length: count }, (_, i) => anEvent({ event_key: `${name}-${i}`, price: "1" })),
      );
    };
    const flush = async () => {
      flusher.wake();
      clock.advance(60_000);
      await flusher.run(log);
    };
    return { room, clock, flusher, flush, ingest, reconciled, lines, storage, told: () => told };
  }
  const keys = async () =>
    (
      await readRows(
        backend.db,
        sql`select event_key from market_events order by event_key`,
        z.object({ event_key: z.string() }),
      )
    ).map(({ event_key }) => event_key);
  const sales = async () => {
    const [row] = await readRows(
      backend.db,
      sql`select sum(sales)::int as sales from rollups where grain = 'day'`,
      z.object({ sales: z.number() }),
    );
    return row?.sales;
  };
  const named = (count: number, name: string) => Array.from({ length: count }, (_, i) => `${name}-${i}`);

  /** Puts the market's tables back to what they were when `backup` was made. */
  async function backUp() {
    for (const table of MARKET_TABLES)
      await backend.db.execute(sql.raw(`create table backup_${table} as table ${table}`));
    return async () => {
      for (const table of MARKET_TABLES) {
        await backend.db.execute(sql.raw(`delete from ${table}`));
        await backend.db.execute(sql.raw(`insert into ${table} table backup_${table}`));
        await backend.db.execute(sql.raw(`drop table backup_${table}`));
      }
    };
  }

  it("flushes again what an older database lost, when the room opens, and says so", async () => {
    const before = open();
    await before.ingest(20, "a");
    await before.flush();
    const restore = await backUp();
    await before.ingest(50, "b");
    await before.flush();
    await restore();
    expect(await keys()).toHaveLength(20);

    const after = open(before.storage);
    expect(after.flusher.dueAt()).toBeLessThanOrEqual(after.clock.now());
    await after.flush();
    expect(await keys()).toEqual([...named(20, "a"), ...named(50, "b")].sort());
    expect(await sales()).toBe(70);
    expect(after.reconciled).toMatchObject([{ action: "flush_again", details: { again: 50, lost: 0 } }]);
    expect(after.lines).toMatchObject([
      { level: "error", message: "room and database did not fit together", again: 50 },
    ]);
    expect(after.room.facts.get("notice")?.text).toMatch(/older state than the room.*50 event/);
    expect(after.flusher.dueAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it("flushes again what an older database lost under a room that stayed open", async () => {
    const one = open();
    await one.ingest(20, "a");
    await one.flush();
    const restore = await backUp();
    await one.ingest(50, "b");
    await one.flush();
    await restore();
    await one.ingest(5, "c");
    await one.flush();
    expect(await keys()).toEqual([...named(20, "a"), ...named(50, "b"), ...named(5, "c")].sort());
    expect(await sales()).toBe(75);
  });

  it("flushes the whole room into a database that was emptied, and says what is in neither", async () => {
    const one = open();
    await one.ingest(30, "a");
    await one.flush();
    // What the log no longer holds.
    one.storage.all("delete from log where seq <= 10");
    await backend.empty();
    const after = open(one.storage);
    await after.flush();
    expect(await keys()).toEqual(named(30, "a").slice(10).sort());
    expect(after.reconciled).toMatchObject([{ details: { again: 20, lost: 10 } }]);
    await after.ingest(3, "b");
    await after.flush();
    expect(await keys()).toHaveLength(23);
    expect(after.reconciled).toHaveLength(1);
  });

  it("goes on under a new epoch where the room is older, and loses none of what it takes then", async () => {
    const before = open();
    await before.ingest(20, "a");
    await before.flush();
    const copy = copyOf(before.storage);
    await before.ingest(50, "b");
    await before.flush();

    const after = open(copy);
    await after.ingest(50, "c");
    await after.flush();
    expect(await keys()).toEqual([...named(20, "a"), ...named(50, "b"), ...named(50, "c")].sort());
    expect(await sales()).toBe(120);
    expect(after.reconciled).toMatchObject([
      { action: "new_epoch", details: { after: 20, moved: 50, unknown: 50 } },
    ]);
    expect(after.room.log.epoch > "ep_1").toBe(true);
    const logged = eventsOf(after.room);
    expect(logged.map(({ epoch, seq }) => [epoch, seq])).toEqual(
      Array.from({ length: 50 }, (_, i) => [after.room.log.epoch, 21 + i]),
    );
    await after.ingest(2, "d");
    await after.flush();
    expect(await keys()).toHaveLength(122);
    expect(after.reconciled).toHaveLength(1);
    // And also in the next instance of the room.
    const next = open(copy);
    await next.ingest(1, "e");
    await next.flush();
    expect(next.reconciled).toEqual([]);
    expect(await keys()).toHaveLength(123);
  });

  it("finds an older room when it opens, before it has taken anything", async () => {
    const before = open();
    await before.ingest(20, "a");
    await before.flush();
    const copy = copyOf(before.storage);
    await before.ingest(50, "b");
    await before.flush();
    const after = open(copy);
    await after.flush();
    expect(after.reconciled).toMatchObject([{ action: "new_epoch", details: { after: 20, moved: 0 } }]);
    await after.ingest(50, "c");
    await after.flush();
    expect(await keys()).toHaveLength(120);
  });

  it("finds an older room that has taken more than the database knew before they met", async () => {
    const before = open();
    await before.ingest(20, "a");
    await before.flush();
    const copy = copyOf(before.storage);
    await before.ingest(5, "b");
    await before.flush();
    const after = open(copy);
    await after.ingest(50, "c");
    await after.flush();
    expect(await keys()).toHaveLength(75);
    expect(after.reconciled).toMatchObject([{ action: "new_epoch", details: { after: 20, moved: 50 } }]);
  });

  it("leaves a flush alone whose answer was lost", async () => {
    const one = open();
    await one.ingest(20, "a");
    const { room, clock, storage } = one;
    let lost = true;
    const { flusher, reconciled } = flusherOf(
      room,
      async (batch, parts) => {
        await storeEvents(backend.db, batch, parts);
        if (lost) throw new Error("connection lost");
      },
      clock.now,
    );
    await flusher.run(recordLog().log);
    lost = false;
    clock.advance(60_000);
    await one.ingest(5, "b");
    await flusher.run(recordLog().log);
    expect(await keys()).toHaveLength(25);
    expect(reconciled).toEqual([]);
    expect(open(storage).room.log.mark("flushed")).toBe(25);
  });
});
