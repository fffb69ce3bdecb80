import type { z } from "zod";
import type { ServerFrame } from "../../shared/contracts/live.ts";
import { MarketEvent } from "../../shared/contracts/market.ts";
import type { Filter } from "./filter.ts";

/** The text of a server frame. */
export function frame(value: z.input<typeof ServerFrame>): string {
  return JSON.stringify(value);
}

const Filterable = MarketEvent.pick({ kind: true, price: true });

export interface EventRange {
  collection: string;
  epoch: string;
  first: number;
  last: number;
  /** JSON texts of the events `first` to `last`, without a hole. */
  bodies: string[];
}

/**
 * The `events` frame of a range. The events are put in as the texts they are stored as: they were serialised
 * once, when the room took them. With a filter the numbers still cover the whole range.
 */
export function eventsFrame(range: EventRange, filter: Filter | null): string {
  const bodies =
    filter === null
      ? range.bodies
      : range.bodies.filter((body) => filter.passes(Filterable.parse(JSON.parse(body))));
  const { collection, epoch, first, last } = range;
  const head = JSON.stringify({ op: "events", collection, epoch, first, last }).slice(0, -1);
  return `${head},"events":[${bodies.join(",")}]}`;
}
