import { type Device, UserEvent } from "../../shared/contracts/user-room.ts";
import { type Clock, isoTime } from "../../shared/platform/clock.ts";
import type { ChannelSource, Stream } from "../live/channel.ts";
import { frame } from "../live/frames.ts";
import { logSource } from "../room/log-source.ts";
import type { UserLog } from "./user-log.ts";

/** How many of the newest events a snapshot shows. */
const SHOWN_EVENTS = 20;

/** The stream of a user's events. */
export function userStream(user_id: string): Stream {
  return {
    name: user_id,
    label: { user_id },
    // Whatever was told was written first: lists by REST have it all.
    readFrom: () => "/api/v1/activity",
  };
}

/** A user's own log, as the channel of the room reads it. */
export function userSource(user: UserLog, devices: () => Device[], now: Clock): ChannelSource {
  const { log, user_id } = user;
  return {
    ...logSource(log),
    snapshot: (_traceparent, hidden = []) => ({
      text: frame({
        op: "snapshot",
        user_id,
        epoch: log.epoch,
        seq: log.head,
        as_of: isoTime(now()),
        devices: devices(),
        recent: user
          .newest(SHOWN_EVENTS)
          .map((body) => UserEvent.parse(JSON.parse(body)))
          .filter(({ kind }) => !hidden.includes(kind)),
      }),
      epoch: log.epoch,
      seq: log.head,
    }),
  };
}
