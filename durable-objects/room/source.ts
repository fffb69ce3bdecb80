import type { LogPage } from "../../shared/contracts/room.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import type { ChannelSource, RoomPosition, Snapshot } from "../live/channel.ts";
import type { Room } from "./room.ts";
import { snapshotFrame } from "./snapshot.ts";

interface LocalSource extends ChannelSource {
  position(): RoomPosition;
  page(after: number, limit: number): LogPage;
  snapshot(): Snapshot;
}

/** A room's own log, as its channel and the relays read it. */
export function roomSource(room: Room, now: Clock): LocalSource {
  const { log } = room;
  return {
    position: () => ({ epoch: log.epoch, head: log.head, oldest: log.oldest }),
    page: (after, limit) => ({
      epoch: log.epoch,
      head: log.head,
      first: Math.max(after + 1, log.oldest),
      events: log.page(after, limit),
    }),
    snapshot: () => ({ text: snapshotFrame(room, now()), epoch: log.epoch, seq: log.head }),
  };
}
