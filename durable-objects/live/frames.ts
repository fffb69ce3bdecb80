import type { z } from "zod";
import type { ServerFrame } from "../../shared/contracts/live.ts";
import type { UserServerFrame } from "../../shared/contracts/user-room.ts";
import type { Filter } from "./filter.ts";

/** The text of a server frame. */
export function frame(value: z.input<typeof ServerFrame> | z.input<typeof UserServerFrame>): string {
  return JSON.stringify(value);
}

/** By what the frames of a stream say whose they are. */
export type StreamLabel = { collection: string } | { user_id: string };

export interface EventRange {
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
export function eventsFrame(label: StreamLabel, range: EventRange, filter: Filter | null): string {
  const bodies = filter === null ? range.bodies : range.bodies.filter((body) => filter.passes(body));
  const { epoch, first, last } = range;
  const head = JSON.stringify({ op: "events", ...label, epoch, first, last }).slice(0, -1);
  return `${head},"events":[${bodies.join(",")}]}`;
}
