import type { RoomStatus } from "../../shared/contracts/room.ts";
import { isoTime } from "../../shared/platform/clock.ts";

/** The status of an object that has nothing to flush to Postgres, or of which nothing is known; counts are 0. */
export function statusWithoutFlush(
  { room, kind, ...known }: Pick<RoomStatus, "room" | "kind"> & Partial<RoomStatus>,
  at: number,
): RoomStatus {
  return {
    room,
    kind,
    connections: 0,
    subscriptions: 0,
    head: 0,
    flushed: 0,
    unflushed: 0,
    flush_lag_ms: 0,
    flush_error: null,
    flush_failing: false,
    set_aside: 0,
    notice: null,
    fault: null,
    ...known,
    reported_at: isoTime(at),
  };
}
