import { MarketEvent } from "../../shared/contracts/market.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { hashEventKey } from "../../shared/market/event-key.ts";
import type { FlushBatch } from "../../shared/market/flush-batch.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import type { Room } from "./room.ts";

/** As many events as one statement takes well: more is hardly faster, and a failed one is sent whole again. */
const FLUSH_EVENTS = 1000;

/** Characters of events and raw values in one batch: all of it is in memory several times on its way. */
const FLUSH_CHARACTERS = 4 * 1024 * 1024;

/** The oldest events that Postgres does not have, with where the room stands; `null` when it has all. */
export async function planFlush(room: Room, now: number): Promise<FlushBatch | null> {
  const after = room.log.mark("flushed");
  const bodies = withinSize(room, after, room.log.page(after, FLUSH_EVENTS));
  if (bodies.length === 0) return null;
  const raw = room.raw.between(after + 1, after + bodies.length);
  const setAside = room.setAside.after(after);
  const events = await Promise.all(
    bodies.map(async (body) => {
      const event = MarketEvent.parse(JSON.parse(body));
      return {
        ...event,
        key_hash: await hashEventKey(event.event_key),
        unit: event.currency === null ? null : unitOf(event.currency),
        raw: raw.get(event.seq),
      };
    }),
  );
  return {
    collection: room.facts.get("slug"),
    simulated: room.facts.get("simulated"),
    currency: room.facts.get("unit"),
    events: events.filter((event) => !setAside.has(event.seq)),
    state: {
      epoch: room.log.epoch,
      seq: after + bodies.length,
      floor: room.book.floor(room.facts.get("unit"), now),
      listed_count: room.book.size(),
      updated_at: isoTime(now),
    },
  };
}

/** As many of the first events as fit into a batch, and one at least. */
function withinSize(room: Room, after: number, bodies: string[]): string[] {
  const raw = room.raw.sizes(after + 1, after + bodies.length);
  let characters = 0;
  const end = bodies.findIndex((body, i) => {
    characters += body.length + (raw.get(after + 1 + i) ?? 0);
    return i > 0 && characters > FLUSH_CHARACTERS;
  });
  return end < 0 ? bodies : bodies.slice(0, end);
}

/** Postgres has everything up to the batch's last number. */
export function markFlushed(room: Room, batch: FlushBatch): void {
  room.log.setMark("flushed", batch.state.seq);
  room.raw.dropThrough(batch.state.seq);
}

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;

/** How long to wait after `failures` flushes in a row went wrong. */
export function flushRetryDelay(failures: number): number {
  return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.max(0, failures - 1));
}
