import type { LogPage } from "../../shared/contracts/room.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import type { ChannelSource, RoomPosition, Snapshot } from "../live/channel.ts";
import { logSource } from "./log-source.ts";
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
    ...logSource(log),
    snapshot: () => ({ text: snapshotFrame(room, now()), epoch: log.epoch, seq: log.head }),
  };
}
