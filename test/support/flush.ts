import { acceptEvent } from "../../durable-objects/room/accept.ts";
import type { Room } from "../../durable-objects/room/room.ts";
import type { Floor, FloorCause, MarketEvent, MarketEventInput } from "../../shared/contracts/market.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { hashEventKey } from "../../shared/market/event-key.ts";
import type { FlushBatch, FlushEvent, FlushState } from "../../shared/market/flush-batch.ts";
import { anEvent } from "./events.ts";
import { eventsOf } from "./room.ts";

export const EPOCH = "ep_1";

/** An event as the room flushes it; name only what the test is about. */
export async function aFlushEvent(
  seq: number,
  partial: Partial<Record<keyof MarketEventInput, unknown>> = {},
  { epoch = EPOCH, floor }: { epoch?: string; floor?: { cause: FloorCause; floor: Floor | null } } = {},
): Promise<FlushEvent> {
  const input = anEvent({ event_key: `${epoch}-${seq}`, ...partial });
  const event = acceptEvent(input, { epoch, seq, received_at: input.occurred_at, corrected: [] });
  return {
    ...event,
    floor_change: floor === undefined ? null : { ...floor, at: event.occurred_at, previous: null },
    key_hash: await hashEventKey(event.event_key),
    corrects_hash: await correctsHash(event),
    unit: event.currency === null ? null : unitOf(event.currency),
    raw: input.raw,
  };
}

async function correctsHash({ corrects, event_key }: MarketEvent): Promise<string | null> {
  return corrects === null || corrects === event_key ? null : hashEventKey(corrects);
}

/** The lowest open listing. */
export function aFloor(partial: Partial<Floor> = {}): Floor {
  return {
    price: "1",
    currency: "ETH",
    basis: "item",
    token_id: "1",
    order_id: "order-1",
    marketplace: "opensea",
    source: "push",
    listed_at: "2026-01-01T00:00:00.000Z",
    ...partial,
  };
}

/** A flush of these events, after which the room stands at the last of them. */
export function aBatch(
  events: FlushEvent[],
  { state, ...partial }: Partial<Omit<FlushBatch, "state">> & { state?: Partial<FlushState> } = {},
): FlushBatch {
  const last = events.at(-1);
  return {
    collection: last?.collection ?? "punks",
    simulated: events.some((event) => event.simulated),
    currency: events.find((event) => event.unit !== null)?.unit ?? null,
    events,
    state: {
      epoch: last?.epoch ?? EPOCH,
      seq: last?.seq ?? 0,
      floor: null,
      listed_count: 0,
      updated_at: last?.received_at ?? "2026-01-01T00:00:00.000Z",
      ...state,
    },
    ...partial,
  };
}

/** Every event of a room's log as it is flushed. */
export async function flushEventsOf(room: Room): Promise<FlushEvent[]> {
  return Promise.all(
    eventsOf(room).map(async (event) => ({
      ...event,
      key_hash: await hashEventKey(event.event_key),
      corrects_hash: await correctsHash(event),
      unit: event.currency === null ? null : unitOf(event.currency),
    })),
  );
}

/** Flush events numbered from 1, one for each partial. */
export async function flushEvents(
  partials: Partial<Record<keyof MarketEventInput, unknown>>[],
  first = 1,
): Promise<FlushEvent[]> {
  return Promise.all(partials.map((partial, index) => aFlushEvent(first + index, partial)));
}
