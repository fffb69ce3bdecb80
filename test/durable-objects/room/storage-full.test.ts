import { expect, test } from "vitest";
import { migrate, StorageTooNew } from "../../../durable-objects/storage/migrate.ts";
import { roomFault } from "../../../shared/market/room-fault.ts";
import { anEvent } from "../../support/events.ts";
import { aRoom, eventsOf } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";

const batch = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => anEvent({ event_key: `${name}-${i}`, raw: "x".repeat(2000) }));

test("a room whose storage is full refuses whole batches, loses nothing, and goes on when there is room", async () => {
  const sql = memorySql();
  const { room, reopen } = aRoom(undefined, sql);
  await room.ingest(batch("before", 20));
  const pages = Number(sql.all("pragma page_count")[0]?.page_count);
  sql.all(`pragma max_page_count = ${pages + 4}`);
  const failure = await room.ingest(batch("during", 50)).catch((error: unknown) => error);
  expect(roomFault(failure)).toBe("storage_full");
  expect([room.log.head, eventsOf(room).length, eventsOf(reopen()).length]).toEqual([20, 20, 20]);
  expect(room.book.size()).toBe(0);
  sql.all(`pragma max_page_count = ${pages * 1000}`);
  const result = await room.ingest(batch("during", 50));
  expect([result.accepted.length, result.duplicate.length]).toEqual([50, 0]);
  expect(eventsOf(reopen()).map(({ seq }) => seq)).toEqual(Array.from({ length: 70 }, (_, i) => i + 1));
});

test("a storage that newer code wrote is named as such", () => {
  const sql = memorySql();
  migrate(sql, ["create table a (n integer)", "create table b (n integer)"]);
  const failure = (() => {
    try {
      return migrate(sql, ["create table a (n integer)"]);
    } catch (error) {
      return error;
    }
  })();
  expect(failure).toBeInstanceOf(StorageTooNew);
  // The runtime carries the message alone from an object to the worker.
  expect(roomFault(new Error(String(failure)))).toBe("storage_newer");
});
