import fc from "fast-check";
import { expect, test } from "vitest";
import { anEvent } from "../../support/events.ts";
import { aLiveRoom, type FakeSocket, settle } from "../../support/live.ts";

type Step =
  | { do: "ingest"; keys: number[] }
  | { do: "emit" }
  | { do: "evict" }
  | { do: "connect" | "drop" | "resume"; client: number };

const CLIENTS = 4;
const client = fc.nat(CLIENTS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("ingest" as const),
      keys: fc.array(fc.nat(60), { maxLength: 12 }),
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
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const live = aLiveRoom();
      await live.room.ingest([anEvent({ event_key: "first" })]);
      const watchers = Array.from({ length: CLIENTS }, () => new Watcher());
      const join = async (watcher: Watcher) => {
        watcher.connected(live.connect());
        const socket = watcher.socket;
        if (socket) await live.say(socket, { op: "subscribe", from: watcher.position ?? undefined });
      };
      for (const action of steps) {
        if (action.do === "ingest")
          await live.room.ingest(action.keys.map((key) => anEvent({ event_key: `k${key}` })));
        else if (action.do === "emit") live.emit();
        else if (action.do === "evict") live.evict();
        else {
          const watcher = watchers[action.client];
          if (watcher === undefined) continue;
          // Frames still on their way are lost with the connection: the client never reads them.
          if (action.do === "drop" && watcher.socket) live.drop(watcher.socket);
          if (action.do === "drop") watcher.connected(null);
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
      await settle();
      for (const watcher of watchers) {
        watcher.collect();
        const from = watcher.start ?? 0;
        expect(watcher.seen).toEqual(
          Array.from({ length: live.room.log.head - from }, (_, i) => from + 1 + i),
        );
      }
      expect(live.failures()).toEqual([]);
    }),
    { numRuns: 200 },
  );
});
