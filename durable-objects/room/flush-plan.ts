import { MarketEvent } from "../../shared/contracts/market.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { hashEventKey } from "../../shared/market/event-key.ts";
import type { FlushBatch, FlushEvent } from "../../shared/market/flush-batch.ts";
import { isoTime } from "../../shared/platform/clock.ts";
import { backOffDelay } from "../../shared/providers/gate/back-off.ts";
import { keyOfTurn } from "./key-turns.ts";
import type { Room } from "./room.ts";

/** As many events as one statement takes well: more is hardly faster, and a failed one is sent whole again. */
export const FLUSH_EVENTS = 1000;

/** Characters of events and raw values in one batch: all of it is in memory several times on its way. */
const FLUSH_CHARACTERS = 4 * 1024 * 1024;

/** At most `limit` of the oldest events that Postgres does not have, with where the room stands; `null` when it has all. */
export async function planFlush(room: Room, now: number, limit = FLUSH_EVENTS): Promise<FlushBatch | null> {
  const after = room.log.mark("flushed");
  const bodies = withinSize(room, after, room.log.page(after, limit));
  if (bodies.length === 0) return null;
  const raw = room.raw.between(after + 1, after + bodies.length);
  const setAside = room.setAside.after(after);
  const events = await Promise.all(
    bodies.map((body) => {
      const event = MarketEvent.parse(JSON.parse(body));
      return toFlushEvent(room, event, raw.get(event.seq));
    }),
  );
  return aroundEvents(
    room,
    events.filter((event) => !setAside.has(event.seq)),
    after + bodies.length,
    now,
  );
}

/** A batch without events: it only asks whether Postgres answers and is where the room believes. */
export function planCheck(room: Room, now: number): FlushBatch {
  return aroundEvents(room, [], room.log.mark("flushed"), now);
}

/** At most `limit` of the events that were set aside, after number `after`, to be tried again. */
export async function planSetAside(
  room: Room,
  after: number,
  limit: number,
  now: number,
): Promise<FlushBatch | null> {
  const rows = room.setAside.page(after, limit);
  if (rows.length === 0) return null;
  const events = await Promise.all(
    rows.map(({ body, raw }) =>
      toFlushEvent(room, MarketEvent.parse(JSON.parse(body)), raw === null ? undefined : JSON.parse(raw)),
    ),
  );
  const batch = aroundEvents(room, events, room.log.mark("flushed"), now);
  // They are no next events, so where the room stands says nothing of them.
  return { ...batch, expect: { stored: null, head: room.log.head } };
}

/** The event of number `seq` as it is flushed, or `null` where the log does not hold it. */
export async function planOne(room: Room, seq: number, now: number): Promise<FlushBatch | null> {
  const [body] = room.log.page(seq - 1, 1);
  const event = body === undefined ? null : MarketEvent.parse(JSON.parse(body));
  if (event === null || event.seq !== seq) return null;
  const flushed = await toFlushEvent(room, event, room.raw.between(seq, seq).get(seq));
  return aroundEvents(room, [flushed], room.log.mark("flushed"), now);
}

async function toFlushEvent(room: Room, event: MarketEvent, raw: unknown): Promise<FlushEvent> {
  const { turn, corrects_turn } = room.turns.of(event.seq);
  return {
    ...event,
    key_hash: await hashEventKey(keyOfTurn(event.event_key, turn)),
    corrects_hash:
      event.corrects === null || event.corrects === event.event_key
        ? null
        : await hashEventKey(keyOfTurn(event.corrects, corrects_turn)),
    unit: event.currency === null ? null : unitOf(event.currency),
    raw,
  };
}

function aroundEvents(room: Room, events: FlushEvent[], seq: number, now: number): FlushBatch {
  const unit = room.facts.get("unit");
  return {
    collection: room.facts.get("slug"),
    simulated: room.facts.get("simulated"),
    currency: unit,
    events,
    state: {
      epoch: room.log.epoch,
      seq,
      floor: room.book.floor(unit, now),
      listed_count: room.book.listed(),
      updated_at: isoTime(now),
    },
    expect: { stored: room.stored.get(), head: room.log.head },
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
  room.stored.set(null);
  room.raw.dropThrough(batch.state.seq);
}

/** The longest wait is short enough that all is in Postgres within ten seconds of its return. */
const RETRY = { base_ms: 1000, max_ms: 6000 };

/** How long to wait after `failures` flushes in a row went wrong; `random` is in [0, 1). */
export function flushRetryDelay(failures: number, random: number): number {
  return backOffDelay(RETRY, failures, random);
}

/** How many events to try at once after `failures` in a row: one alone in the end. */
export function flushSize(failures: number): number {
  return Math.max(1, Math.floor(FLUSH_EVENTS / 4 ** failures));
}
