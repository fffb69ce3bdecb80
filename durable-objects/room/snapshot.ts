import type { LiveVolume, SnapshotFrame } from "../../shared/contracts/live.ts";
import { type Floor, MarketEvent } from "../../shared/contracts/market.ts";
import { figure, mergeSources } from "../../shared/market/figure.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import { frame } from "../live/frames.ts";
import type { Room } from "./room.ts";

/** The text of the `snapshot` frame at the room's newest number. */
export function snapshotFrame(room: Room, now: number): string {
  const unit = room.facts.get("unit");
  const floor = room.book.floor(unit, now);
  const volume = room.recent.volume(unit, now);
  const last = room.lastPricedSale();
  return frame({
    op: "snapshot",
    collection: room.facts.get("slug"),
    epoch: room.log.epoch,
    seq: room.log.head,
    as_of: isoTime(now),
    simulated: room.facts.get("simulated"),
    floor,
    floor_change: room.facts.get("floor_change"),
    volume,
    last_price: last?.price ?? null,
    last_sales: room.recent.newest().map((body) => MarketEvent.parse(JSON.parse(body))),
    figures: figuresOf({ unit, floor, volume, last }, now),
  });
}

function figuresOf(
  shown: { unit: string | null; floor: Floor | null; volume: LiveVolume; last: MarketEvent | null },
  now: number,
): SnapshotFrame["figures"] {
  const { unit, floor, volume, last } = shown;
  const { sources, sales, priced_sales } = volume;
  return {
    floor: figure({
      basis: "item",
      sources: mergeSources([floor?.source]),
      currency: unit,
      as_of: floor === null ? null : now,
      now,
    }),
    last_price: figure({
      basis: "item",
      sources: mergeSources([last?.source]),
      currency: unit,
      as_of: last === null ? null : Date.parse(last.occurred_at),
      now,
    }),
    volume: figure({
      basis: "total",
      sources,
      currency: unit,
      as_of: now,
      known_sales: priced_sales,
      now,
    }),
    sales: figure({ basis: "count", sources, as_of: now, known_sales: sales, now }),
  };
}
