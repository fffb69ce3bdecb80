import { MAX_FRAME_EVENTS } from "../../shared/contracts/live.ts";
import type { Channel } from "../live/channel.ts";
import type { EventRange } from "../live/frames.ts";
import type { EventLog } from "./event-log.ts";

/**
 * Sends all that was taken and not yet sent, to the sockets here and to `forward`. The mark is written in the
 * turn of the sending: an object that goes away has done both or neither.
 */
export function emitPending(log: EventLog, channel: Channel, forward: (range: EventRange) => void): void {
  while (channel.sent.seq < log.head) {
    const after = channel.sent.seq;
    const bodies = log.page(after, MAX_FRAME_EVENTS);
    const range: EventRange = {
      epoch: log.epoch,
      first: after + 1,
      last: after + bodies.length,
      bodies,
    };
    channel.broadcast(range);
    log.setMark("sent", range.last);
    forward(range);
  }
}
