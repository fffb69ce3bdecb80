import { MarketEvent } from "../../shared/contracts/market.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import { frame } from "../live/frames.ts";
import type { Room } from "./room.ts";

/** The text of the `snapshot` frame at the room's newest number. */
export function snapshotFrame(room: Room, now: number): string {
  return frame({
    op: "snapshot",
    collection: room.facts.get("slug"),
    epoch: room.log.epoch,
    seq: room.log.head,
    as_of: isoTime(now),
    simulated: room.facts.get("simulated"),
    floor: room.book.floor(room.facts.get("unit"), now),
    floor_change: room.facts.get("floor_change"),
    volume: room.recent.volume(room.facts.get("unit"), now),
    last_price: room.lastPricedSale()?.price ?? null,
    last_sales: room.recent.newest().map((body) => MarketEvent.parse(JSON.parse(body))),
  });
}
