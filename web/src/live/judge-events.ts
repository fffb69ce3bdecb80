import type { EventsFrame, Position } from "../../../shared/contracts/live.ts";
import type { MarketEvent } from "../../../shared/contracts/market.ts";

export type Verdict =
  /** Everything in it is known already. */
  | { kind: "old" }
  /** Applying it would leave a hole, or mix two streams: the client must ask again from its position. */
  | { kind: "gap"; why: string }
  | { kind: "apply"; events: MarketEvent[]; position: Position };

/**
 * Decides what a frame of events means to a client that has everything up to `position`.
 * `filtered`: fewer events than numbers are then no hole.
 */
export function judgeEvents(position: Position | null, frame: EventsFrame, filtered: boolean): Verdict {
  if (!position) return { kind: "gap", why: "events before a snapshot" };
  if (frame.epoch !== position.epoch) {
    return { kind: "gap", why: `events of epoch ${frame.epoch} while at epoch ${position.epoch}` };
  }
  if (frame.last < frame.first) return { kind: "gap", why: "a frame that ends before it begins" };
  if (frame.last <= position.seq) return { kind: "old" };
  if (frame.first > position.seq + 1) {
    return { kind: "gap", why: `events from ${frame.first} while at ${position.seq}` };
  }
  const flaw = findFlaw(frame, filtered);
  if (flaw) return { kind: "gap", why: flaw };
  const events = frame.events.filter((event) => event.seq > position.seq);
  // Epoch and number travel together: a number means nothing in another epoch.
  return { kind: "apply", events, position: { epoch: frame.epoch, seq: frame.last } };
}

function findFlaw(frame: EventsFrame, filtered: boolean): string | null {
  let previous = frame.first - 1;
  for (const event of frame.events) {
    if (event.epoch !== frame.epoch) return `event ${event.seq} of another epoch`;
    if (event.seq <= previous || event.seq > frame.last) return `event ${event.seq} out of order`;
    if (!filtered && event.seq !== previous + 1) return `hole inside a frame before ${event.seq}`;
    previous = event.seq;
  }
  if (!filtered && previous !== frame.last) return `hole inside a frame after ${previous}`;
  return null;
}
