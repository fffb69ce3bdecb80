import fc from "fast-check";
import { expect, test } from "vitest";
import { MAX_FRAME_EVENTS } from "../../../shared/contracts/live.ts";
import { anEvent } from "../../support/events.ts";
import { aLiveRoom, type FakeSocket, settle } from "../../support/live.ts";
import { fixedClock } from "../../support/room.ts";

type Step =
  | { do: "ingest"; keys: number[] }
  /** Drops, misses a batch and comes back. */
  | { do: "away"; client: number; keys: number[] }
  | { do: "emit" }
  | { do: "evict" }
  | { do: "connect" | "drop" | "resume"; client: number };

const CLIENTS = 4;
/** So few events a page that a short absence takes several of them. */
const PAGE = 4;
const key = fc.nat(400);
const client = fc.nat(CLIENTS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("ingest" as const),
      keys: fc.array(key, { maxLength: 6 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("away" as const),
      client,
      keys: fc.array(key, { minLength: 2 * PAGE, maxLength: 5 * PAGE }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("emit" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("evict" as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("connect" as const, "drop" as const, "resume" as const),
      client,
    }),
  },
);

/** What one watcher has, over all of its connections. */
class Watcher {
  socket: FakeSocket | null = null;
  position: { epoch: string; seq: number } | null = null;
  readonly seen: number[] = [];
  start: number | null = null;
  private read = 0;

  /** Takes in the frames that came since the last call, as a client would. */
  collect(): void {
    const frames = this.socket?.frames.slice(this.read) ?? [];
    this.read += frames.length;
    for (const frame of frames) {
      if (frame.op === "snapshot") {
        this.start = frame.seq;
        this.position = { epoch: frame.epoch, seq: frame.seq };
      }
      if (frame.op === "events") {
        expect(frame.first).toBe((this.position?.seq ?? Number.NaN) + 1);
        this.seen.push(...frame.events.map((event) => event.seq));
        this.position = { epoch: frame.epoch, seq: frame.last };
      }
      expect(frame.op).not.toBe("error");
    }
  }

  connected(socket: FakeSocket | null): void {
    this.socket = socket;
    this.read = 0;
  }
}

test("any interleaving of batches, repeats, disconnects, resumes and evictions gives each watcher every number once, in order", async () => {
  let furtherPages = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const live = aLiveRoom(fixedClock(), { page: PAGE });
      await live.room.ingest([anEvent({ event_key: "first" })]);
      const watchers = Array.from({ length: CLIENTS }, () => new Watcher());
      const join = async (watcher: Watcher) => {
        watcher.connected(live.connect());
        const socket = watcher.socket;
        if (socket) await live.say(socket, { op: "subscribe", from: watcher.position ?? undefined });
      };
      for (const action of steps) {
        const take = (keys: number[]) =>
          live.room.ingest(keys.map((key) => anEvent({ event_key: `k${key}` })));
        if (action.do === "ingest") await take(action.keys);
        else if (action.do === "emit") live.emit();
        else if (action.do === "evict") live.evict();
        else {
          const watcher = watchers[action.client];
          if (watcher === undefined) continue;
          if (action.do === "away") {
            // Whoever was never here has no place to come back to.
            if (watcher.socket === null) await join(watcher);
            watcher.collect();
          }
          // Frames still on their way are lost with the connection: the client never reads them.
          const leaves = action.do === "drop" || action.do === "away";
          if (leaves && watcher.socket) live.drop(watcher.socket);
          if (leaves) watcher.connected(null);
          if (action.do === "away") {
            await take(action.keys);
            live.emit();
            await join(watcher);
          }
          if (action.do === "connect" && watcher.socket === null) await join(watcher);
          if (action.do === "resume" && watcher.socket) {
            watcher.collect();
            live.drop(watcher.socket);
            await join(watcher);
          }
        }
        if (action.do === "emit") for (const watcher of watchers) watcher.collect();
      }
      for (const watcher of watchers) if (watcher.socket === null) await join(watcher);
      live.emit();
      for (let page = 0; page <= live.room.log.head / PAGE; page++) await settle();
      furtherPages += live.furtherPages();
      for (const watcher of watchers) {
        watcher.collect();
        const from = watcher.start ?? 0;
        expect(watcher.seen).toEqual(
          Array.from({ length: live.room.log.head - from }, (_, i) => from + 1 + i),
        );
      }
      expect(live.failures()).toEqual([]);
    }),
    { numRuns: 120 },
  );
  // Otherwise nobody was away for long enough to be tried.
  expect(furtherPages).toBeGreaterThan(300);
});

test("whoever missed more than one frame holds is sent all of it, also over an eviction half-way", async () => {
  const missed = 2 * MAX_FRAME_EVENTS + 100;
  const live = aLiveRoom(fixedClock(), { page: MAX_FRAME_EVENTS });
  await live.room.ingest([anEvent()]);
  live.emit();
  await live.room.ingest(Array.from({ length: missed }, () => anEvent()));
  live.emit();
  const socket = live.connect();
  await live.say(socket, { op: "subscribe", from: { epoch: "ep_1", seq: 1 } });
  expect(socket.numbers.length).toBe(MAX_FRAME_EVENTS);
  live.evict();
  for (let i = 0; i < 5; i++) await settle();
  expect(socket.numbers).toEqual(Array.from({ length: missed }, (_, i) => i + 2));
  await live.room.ingest([anEvent()]);
  live.emit();
  expect(socket.numbers.at(-1)).toBe(missed + 2);
});
