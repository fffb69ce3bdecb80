import { EventLog } from "../../durable-objects/room/event-log.ts";
import { Room } from "../../durable-objects/room/room.ts";
import type { Sql } from "../../durable-objects/room/sql.ts";
import { ROOM_STORAGE } from "../../durable-objects/room/storage.ts";
import { MarketEvent } from "../../shared/contracts/market.ts";
import { memorySql } from "./sqlite.ts";

export const NOON = Date.parse("2026-01-01T12:00:00Z");

/** A clock that stands still until it is moved. */
export function fixedClock(start = NOON) {
  let time = start;
  return {
    now: () => time,
    advance(ms: number) {
      time += ms;
    },
  };
}

/** A room over SQLite in memory; `reopen` is what an eviction does to it. */
export function aRoom(clock = fixedClock(), sql: Sql = memorySql(), budget?: number) {
  const open = () =>
    new Room(
      sql,
      EventLog.open(sql, ROOM_STORAGE) ?? EventLog.create(sql, ROOM_STORAGE, "ep_1"),
      "punks",
      clock.now,
      budget,
    );
  return { room: open(), clock, sql, reopen: open };
}

/** Every event that the room's log holds. */
export function eventsOf(room: Room, after = 0): MarketEvent[] {
  return room.log.page(after, 100_000).map((body) => MarketEvent.parse(JSON.parse(body)));
}
