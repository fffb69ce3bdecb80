import type { LogPage } from "../../shared/contracts/room.ts";
import type { RoomPosition } from "../live/channel.ts";
import type { EventLog } from "./event-log.ts";

/** Where a log is, and its pages, as channels and relays read them. */
export function logSource(log: EventLog) {
  return {
    position: (): RoomPosition => ({ epoch: log.epoch, head: log.head, oldest: log.oldest }),
    page: (after: number, limit: number): LogPage => ({
      epoch: log.epoch,
      head: log.head,
      first: Math.max(after + 1, log.oldest),
      events: log.page(after, limit),
    }),
  };
}
