import fc from "fast-check";
import { expect, test } from "vitest";
import { Channel } from "../../../durable-objects/live/channel.ts";
import { readMarketFilter } from "../../../durable-objects/live/filter.ts";
import { Hub } from "../../../durable-objects/live/hub.ts";
import { marketStream } from "../../../durable-objects/live/market-stream.ts";
import { RelayChannel } from "../../../durable-objects/live/relay-channel.ts";
import { emitPending } from "../../../durable-objects/room/emit.ts";
import { EventLog } from "../../../durable-objects/room/event-log.ts";
import { Room } from "../../../durable-objects/room/room.ts";
import { roomSource } from "../../../durable-objects/room/source.ts";
import { ROOM_STORAGE } from "../../../durable-objects/room/storage.ts";
import type { RelayFrame } from "../../../shared/contracts/room.ts";
import { anEvent } from "../../support/events.ts";
import { FakeSocket, settle } from "../../support/live.ts";
import { aRoom, fixedClock } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";

/** A room and a relay of it, with the frames between them in the test's hands. */
function aRelayedRoom() {
  const clock = fixedClock();
  const kept = aRoom(clock);
  const state = { room: kept.room, frames: [] as RelayFrame[] };
  const source = {
    position: async () => roomSource(state.room, clock.now).position(),
    page: async (after: number, limit: number) => roomSource(state.room, clock.now).page(after, limit),
    snapshot: async () => roomSource(state.room, clock.now).snapshot(),
  };
  const hub = new Hub<FakeSocket>({
    now: clock.now,
    filter: readMarketFilter,
    sockets: () => [],
    pingedAt: () => null,
  });
  const deps = {
    source,
    persist: () => undefined,
    pause: () => Promise.resolve(),
    debts: hub.debts,
    failed: (error: unknown) => {
      throw error;
    },
  };
  const channel = new Channel(marketStream("punks"), { epoch: "ep_1", sent: 0 }, deps);
  const relay = new RelayChannel({ channel, source, remember: () => undefined });
  const silent = new Channel(
    marketStream("punks"),
    { epoch: "ep_1", sent: 0 },
    { ...deps, source: roomSource(kept.room, clock.now) },
  );
  return {
    state,
    relay,
    async ingest(count: number) {
      await state.room.ingest(Array.from({ length: count }, () => anEvent()));
      emitPending(state.room.log, silent, (range) => state.frames.push({ collection: "punks", ...range }));
    },
    watch(from?: { epoch: string; seq: number }) {
      const socket = new FakeSocket();
      return { socket, joined: channel.subscribe(hub.join(socket, "con", null), null, from) };
    },
    position: () => source.position(),
  };
}

test("whatever happens to the frames between room and relay, each watcher gets every number once, in order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          ingest: fc.integer({ min: 1, max: 6 }),
          fate: fc.constantFrom("deliver", "lose", "twice", "late"),
          join: fc.boolean(),
        }),
        { minLength: 1, maxLength: 25 },
      ),
      async (steps) => {
        const relayed = aRelayedRoom();
        const sockets: FakeSocket[] = [];
        const late: RelayFrame[] = [];
        const running: Promise<void>[] = [];
        for (const { ingest, fate, join } of steps) {
          await relayed.ingest(ingest);
          const frames = relayed.state.frames.splice(0);
          for (const frame of frames) {
            if (fate === "late") late.push(frame);
            if (fate === "deliver" || fate === "twice") running.push(relayed.relay.deliver(frame));
            if (fate === "twice") running.push(relayed.relay.deliver(frame));
          }
          // Joins meet deliveries that are still under way.
          if (join) {
            const { socket, joined } = relayed.watch();
            sockets.push(socket);
            running.push(joined);
          }
          if (late.length > 2) for (const frame of late.splice(0)) running.push(relayed.relay.deliver(frame));
        }
        running.push(relayed.relay.level(await relayed.position()));
        await Promise.all(running);
        await settle();
        const { head } = await relayed.position();
        for (const socket of sockets) {
          const start = socket.frame("snapshot")?.seq ?? Number.NaN;
          expect(socket.numbers).toEqual(Array.from({ length: head - start }, (_, i) => start + 1 + i));
        }
      },
    ),
    { numRuns: 150 },
  );
});

test("a room that numbers anew resets everyone who watches through the relay", async () => {
  const relayed = aRelayedRoom();
  await relayed.ingest(3);
  await relayed.relay.level(await relayed.position());
  const { socket, joined } = relayed.watch();
  await joined;

  const sql = memorySql();
  relayed.state.room = new Room(sql, EventLog.create(sql, ROOM_STORAGE, "ep_2"), "punks", fixedClock().now);
  await relayed.state.room.ingest([anEvent()]);
  await relayed.relay.level(await relayed.position());
  await settle();
  expect(socket.frame("reset")).toMatchObject({ reason: "epoch_changed", epoch: "ep_2" });
  expect(socket.frames.at(-1)).toMatchObject({ op: "snapshot", epoch: "ep_2", seq: 1 });
});
