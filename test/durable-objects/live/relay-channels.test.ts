import { expect, test } from "vitest";
import { Channel } from "../../../durable-objects/live/channel.ts";
import { readMarketFilter } from "../../../durable-objects/live/filter.ts";
import { HEARTBEAT_MS, Hub } from "../../../durable-objects/live/hub.ts";
import { marketStream } from "../../../durable-objects/live/market-stream.ts";
import { DEFAULT_PEER_LIMITS } from "../../../durable-objects/live/peer.ts";
import { RelayChannels } from "../../../durable-objects/live/relay-channels.ts";
import { RelayPositions } from "../../../durable-objects/live/relay-positions.ts";
import { emitPending } from "../../../durable-objects/room/emit.ts";
import { RELAY_LIFETIME_MS, RelayList } from "../../../durable-objects/room/relay-list.ts";
import { roomSource } from "../../../durable-objects/room/source.ts";
import type { RelayFrame } from "../../../shared/contracts/room.ts";
import { anEvent } from "../../support/events.ts";
import { FakeSocket, settle } from "../../support/live.ts";
import { aRoom, fixedClock } from "../../support/room.ts";
import { memorySql } from "../../support/sqlite.ts";

const TRACE = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;

/** A relay and one room, which forgets relays as the real one does. */
async function aRelay() {
  const clock = fixedClock();
  const { room, sql } = aRoom(clock);
  const relays = new RelayList(sql);
  const source = roomSource(room, clock.now);
  const asked: string[] = [];
  const hub = new Hub<FakeSocket>({
    now: clock.now,
    filter: readMarketFilter,
    sockets: () => [],
    pingedAt: () => null,
  });
  const pause = () => Promise.resolve();
  const failed = (error: unknown) => {
    throw error;
  };
  const positions = new RelayPositions(memorySql());
  const open = () =>
    new RelayChannels({
      name: "relay-1",
      now: clock.now,
      positions,
      debts: hub.debts,
      room: () => ({
        attachRelay: async (relay) => {
          relays.attach(relay, clock.now());
          return source.position();
        },
        detachRelay: async (relay) => relays.detach(relay),
        page: async (after, limit) => source.page(after, limit),
        snapshot: async () => source.snapshot(),
      }),
      exists: async (slug) => {
        asked.push(slug);
        return slug === "punks";
      },
      persist: () => undefined,
      pause,
      failed,
      away: (_, error) => failed(error),
    });
  let channels = open();
  const silent = new Channel(
    marketStream("punks"),
    { epoch: room.log.epoch, sent: 0 },
    { source, debts: hub.debts, persist: () => undefined, pause, failed },
  );
  return {
    clock,
    asked,
    relays,
    get channels() {
      return channels;
    },
    evict: () => {
      channels = open();
    },
    join() {
      const socket = new FakeSocket();
      return { socket, peer: hub.join(socket, "con", null) };
    },
    async watch() {
      const { socket, peer } = this.join();
      await (await channels.open(peer, "punks")).subscribe(peer, null, undefined);
      await settle();
      return { socket, leave: () => channels.find("punks")?.unsubscribe(peer) };
    },
    async ingest(count = 1) {
      await room.ingest(Array.from({ length: count }, () => anEvent()));
      const frames: RelayFrame[] = [];
      emitPending(room.log, silent, (range) => frames.push({ collection: "punks", ...range }));
      if ([...relays.names()].includes("relay-1")) for (const frame of frames) await channels.deliver(frame);
      await settle();
    },
    /** What the alarms of room and relay do. */
    async alarms(times: number) {
      for (let i = 0; i < times; i++) {
        clock.advance(HEARTBEAT_MS);
        relays.expire(clock.now());
        await channels.renew(TRACE);
      }
    },
  };
}

test("whoever comes after the room has forgotten the relay is sent events at once, and no reset", async () => {
  const relay = await aRelay();
  await relay.ingest();
  const first = await relay.watch();
  first.leave();
  // The relay's own alarm does not run: it has no sockets.
  relay.clock.advance(RELAY_LIFETIME_MS + 1);
  relay.relays.expire(relay.clock.now());
  await relay.ingest(600);
  const second = await relay.watch();
  await relay.ingest();
  expect(second.socket.numbers).toEqual([602]);
  expect(second.socket.frame("reset")).toBeUndefined();
});

test("the same after the relay's memory went", async () => {
  const relay = await aRelay();
  await relay.ingest();
  (await relay.watch()).leave();
  relay.evict();
  relay.relays.detach("relay-1");
  await relay.ingest(3);
  const { socket } = await relay.watch();
  await relay.ingest();
  expect(socket.numbers).toEqual([5]);
});

test("a room that somebody watches knows the relay however long it takes", async () => {
  const relay = await aRelay();
  await relay.ingest();
  const { socket } = await relay.watch();
  await relay.alarms(20);
  await relay.ingest();
  expect(socket.numbers).toEqual([2]);
});

test("a channel that nobody watches any more is dropped, and its room sends nothing more", async () => {
  const relay = await aRelay();
  await relay.ingest();
  (await relay.watch()).leave();
  await relay.alarms(2);
  expect(relay.channels.size).toBe(0);
  expect(relay.relays.size).toBe(0);
});

test("a frame for a channel that is gone ends the room's sending", async () => {
  const relay = await aRelay();
  relay.relays.attach("relay-1", relay.clock.now());
  await relay.ingest();
  expect(relay.relays.size).toBe(0);
});

test("names that do not exist are looked for only so often for one socket", async () => {
  const relay = await aRelay();
  const { peer } = relay.join();
  const refusals: unknown[] = [];
  for (let i = 0; i < 100; i++)
    await relay.channels.open(peer, `nowhere-${i}`).catch((error: unknown) => {
      peer.missed();
      refusals.push(error);
    });
  expect(relay.asked).toHaveLength(DEFAULT_PEER_LIMITS.misses);
  expect(refusals[0]).toMatchObject({ code: "not_found" });
  expect(refusals.at(-1)).toMatchObject({ code: "rate_limited" });
  relay.clock.advance(DEFAULT_PEER_LIMITS.window_ms + 1);
  await relay.channels.open(peer, "punks");
});
