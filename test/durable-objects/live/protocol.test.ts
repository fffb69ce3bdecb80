import { describe, expect, test, vi } from "vitest";
import { HEARTBEAT_MS, TIMEOUT_MS } from "../../../durable-objects/live/hub.ts";
import { DEFAULT_PEER_LIMITS } from "../../../durable-objects/live/peer.ts";
import { KEEP } from "../../../durable-objects/room/room.ts";
import { CloseCode, MAX_CLIENT_FRAME, SnapshotFrame } from "../../../shared/contracts/live.ts";
import { anEvent } from "../../support/events.ts";
import { aLiveRoom, type FakeSocket, SMALL_LIMITS, settle } from "../../support/live.ts";
import { fixedClock } from "../../support/room.ts";

async function aWatchedRoom(subscribe: object = {}, limits?: typeof SMALL_LIMITS) {
  const live = aLiveRoom(fixedClock(), limits && { limits });
  await live.room.ingest([anEvent({ price: "1" }), anEvent({ price: "2" })]);
  const socket = live.connect();
  await live.say(socket, { op: "subscribe", ...subscribe });
  await settle();
  return { live, socket };
}

describe("joining", () => {
  test("a socket is greeted with its id and the heartbeat", async () => {
    const { socket } = await aWatchedRoom();
    expect(socket.frames[0]).toMatchObject({
      op: "hello",
      protocol: "xsema.live.v1",
      heartbeat_ms: HEARTBEAT_MS,
    });
  });

  test("without a position one is sent the snapshot, and then only what is newer", async () => {
    const { live, socket } = await aWatchedRoom();
    expect(socket.frame("snapshot")).toMatchObject({
      seq: 2,
      last_price: "2",
      last_sales: [{ seq: 2 }, { seq: 1 }],
    });
    await live.room.ingest([anEvent()]);
    live.emit();
    expect(socket.numbers).toEqual([3]);
  });

  test("each number of the snapshot says where it comes from, what it is of and how old it is", async () => {
    const live = aLiveRoom();
    await live.room.ingest([
      anEvent({ price: "2", currency: "WETH", occurred_at: "2026-01-01T11:00:00Z" }),
      anEvent({ price: null, currency: null, source: "opensea", occurred_at: "2026-01-01T11:30:00Z" }),
      anEvent({ kind: "listing", price: "3", order_id: "o", occurred_at: "2026-01-01T11:45:00Z" }),
    ]);
    const socket = live.connect();
    await live.say(socket, { op: "subscribe" });
    await settle();
    const { as_of, figures, volume } = SnapshotFrame.parse(socket.frame("snapshot"));
    expect(volume).toMatchObject({ sales: 2, priced_sales: 1, volume: "2" });
    const now = { as_of, age_ms: 0 };
    expect(figures).toEqual({
      floor: { sources: ["push"], basis: "item", currency: "ETH", known_sales: null, ...now },
      last_price: {
        sources: ["push"],
        basis: "item",
        currency: "ETH",
        as_of: "2026-01-01T11:00:00.000Z",
        age_ms: Date.parse(as_of) - Date.parse("2026-01-01T11:00:00Z"),
        known_sales: null,
      },
      volume: { sources: ["opensea", "push"], basis: "total", currency: "ETH", known_sales: 1, ...now },
      sales: { sources: ["opensea", "push"], basis: "count", currency: null, known_sales: 2, ...now },
    });
  });

  test("what is not known has no age and no source", async () => {
    const live = aLiveRoom();
    await live.room.ingest([anEvent({ kind: "transfer", price: null, currency: null })]);
    const socket = live.connect();
    await live.say(socket, { op: "subscribe" });
    await settle();
    const unknown = { sources: [], as_of: null, age_ms: null, currency: null };
    const { figures } = SnapshotFrame.parse(socket.frame("snapshot"));
    expect(figures).toMatchObject({ floor: unknown, last_price: unknown });
  });

  test("with a position one is sent everything after it and no snapshot", async () => {
    const { socket } = await aWatchedRoom({ from: { epoch: "ep_1", seq: 1 } });
    expect(socket.frame("resumed")).toMatchObject({ seq: 1, head: 2 });
    expect(socket.frame("snapshot")).toBeUndefined();
    expect(socket.numbers).toEqual([2]);
  });

  test("a snapshot taken while events wait for their frame does not repeat them", async () => {
    const { live } = await aWatchedRoom();
    await live.room.ingest([anEvent()]);
    const late = live.connect();
    await live.say(late, { op: "subscribe" });
    live.emit();
    await settle();
    expect(late.frame("snapshot")?.seq).toBe(3);
    expect(late.numbers).toEqual([]);
  });
});

describe("a position that cannot be had is answered with a reset and a snapshot", () => {
  test("of another epoch", async () => {
    const { socket } = await aWatchedRoom({ from: { epoch: "ep_0", seq: 1 } });
    expect(socket.frame("reset")).toMatchObject({ reason: "epoch_changed", epoch: "ep_1" });
    expect(socket.frame("snapshot")?.seq).toBe(2);
  });

  test("from the future of this epoch", async () => {
    const { socket } = await aWatchedRoom({ from: { epoch: "ep_1", seq: 9 } });
    expect(socket.frame("reset")?.reason).toBe("ahead_of_room");
  });

  test("from before the log begins, with the address where to read the rest", async () => {
    const live = aLiveRoom();
    await live.room.ingest(Array.from({ length: KEEP.log_events + 10 }, () => anEvent()));
    live.emit();
    live.room.log.setMark("flushed", live.room.log.head);
    live.clock.advance(2 * KEEP.log_ms);
    live.room.prune();
    const socket = live.connect();
    await live.say(socket, { op: "subscribe", from: { epoch: "ep_1", seq: 9 } });
    expect(socket.frame("reset")).toMatchObject({
      reason: "log_pruned",
      read_from: "/api/v1/collections/punks/events?epoch=ep_1&after_seq=9",
    });
    const reached = live.connect();
    await live.say(reached, { op: "subscribe", from: { epoch: "ep_1", seq: 10 } });
    await settle();
    expect(reached.frame("reset")).toBeUndefined();
    expect(reached.numbers).toHaveLength(KEEP.log_events);
  });
});

describe("a filter", () => {
  test("lets only its kinds and prices pass, and the numbers still cover everything", async () => {
    const { live, socket } = await aWatchedRoom({ kinds: ["sale"], min_price: "1.5" });
    await live.room.ingest([
      anEvent({ price: "1.49999999999999999999" }),
      anEvent({ price: "1.50" }),
      anEvent({ kind: "bid", price: "9" }),
      anEvent({ price: undefined }),
    ]);
    live.emit();
    expect(socket.numbers).toEqual([4]);
    expect(socket.frame("events")).toMatchObject({ first: 3, last: 6 });
  });

  test("outlives the object's memory", async () => {
    const { live, socket } = await aWatchedRoom({ kinds: ["bid"] });
    live.evict();
    await live.room.ingest([anEvent(), anEvent({ kind: "bid" })]);
    live.emit();
    expect(socket.numbers).toEqual([4]);
  });

  test("is replaced by the next subscribe on the same socket", async () => {
    const { live, socket } = await aWatchedRoom({ kinds: ["bid"] });
    await live.say(socket, { op: "subscribe" });
    await live.room.ingest([anEvent()]);
    live.emit();
    expect(socket.numbers).toEqual([3]);
  });
});

test("after unsubscribe nothing more is sent, and a second one is an error", async () => {
  const { live, socket } = await aWatchedRoom();
  await live.say(socket, { op: "unsubscribe" });
  await live.room.ingest([anEvent()]);
  live.emit();
  expect(socket.numbers).toEqual([]);
  expect(socket.frame("unsubscribed")?.collection).toBe("punks");
  await live.say(socket, { op: "unsubscribe" });
  expect(socket.frame("error")?.code).toBe("not_found");
});

describe("a frame that cannot be followed is answered with an error, and the socket stays open", () => {
  test.each([
    ["{", "unreadable_frame"],
    ["x".repeat(MAX_CLIENT_FRAME + 1), "frame_too_large"],
    ['{"op":"dance"}', "invalid_frame"],
    ['{"op":"subscribe","min_price":1.5}', "invalid_frame"],
    ['{"op":"subscribe","kinds":["sael"]}', "invalid_frame"],
    ['{"op":"subscribe","from":{"epoch":"ep_1","seq":-1}}', "invalid_frame"],
    ["null", "invalid_frame"],
  ])("%s is %s", async (text, code) => {
    const { live, socket } = await aWatchedRoom();
    await live.say(socket, text);
    expect(socket.frame("error")?.code).toBe(code);
    expect(socket.closed).toBeNull();
  });

  test("with the place and what would be right", async () => {
    const { live, socket } = await aWatchedRoom();
    await live.say(socket, { op: "subscribe", min_price: "cheap" });
    expect(socket.frame("error")?.errors).toEqual([
      { pointer: "/min_price", message: 'must be a decimal string such as "1.5"' },
    ]);
  });

  test("until there are too many of them", async () => {
    const { live, socket } = await aWatchedRoom();
    for (let i = 0; i <= DEFAULT_PEER_LIMITS.junk; i++) await live.say(socket, "junk");
    expect(socket.closed?.code).toBe(CloseCode.abuse);
  });
});

describe("a dead peer", () => {
  test("that used to ping is closed after three missed heartbeats", async () => {
    const { live, socket } = await aWatchedRoom();
    await live.say(socket, { op: "ping", id: 7 });
    expect(socket.frame("pong")?.id).toBe(7);
    live.clock.advance(TIMEOUT_MS - 1);
    live.hub.sweep();
    expect(socket.closed).toBeNull();
    live.clock.advance(2);
    live.hub.sweep();
    expect(socket.closed?.code).toBe(CloseCode.heartbeat_timeout);
  });

  test("is still dead after the object's memory went", async () => {
    const { live, socket } = await aWatchedRoom();
    await live.say(socket, { op: "ping", id: 7 });
    live.clock.advance(TIMEOUT_MS + 1);
    live.evict();
    live.hub.sweep();
    expect(socket.closed?.code).toBe(CloseCode.heartbeat_timeout);
  });

  test("is not one whose pings the runtime answers", async () => {
    const { live, socket } = await aWatchedRoom();
    for (let i = 0; i < 10; i++) {
      live.clock.advance(HEARTBEAT_MS);
      socket.pingedAt = live.clock.now();
      live.hub.sweep();
    }
    expect(socket.closed).toBeNull();
  });
});

describe("a slow consumer", () => {
  type Live = Awaited<ReturnType<typeof aWatchedRoom>>["live"];
  const { answering, silent, mark_every, catch_up, together } = SMALL_LIMITS;

  async function flood({ room, emit }: Live, characters: number) {
    const marketplace = "m".repeat(64);
    // Frames as small as the limits.
    for (let sent = 0; sent < characters; sent += 5000) {
      await room.ingest(Array.from({ length: 10 }, () => anEvent({ marketplace, token_id: "9".repeat(78) })));
      emit();
    }
  }
  const answer = async (live: Live, socket: FakeSocket) => {
    for (const { id } of socket.marks()) await live.say(socket, { op: "ack", mark: id });
  };

  test("that stops answering marks is closed with an honest code and can resume", async () => {
    const { live, socket } = await aWatchedRoom({}, SMALL_LIMITS);
    await flood(live, 2 * mark_every);
    await answer(live, socket);
    await flood(live, answering);
    expect(socket.closed).toMatchObject({ code: CloseCode.slow_consumer });
    const again = live.connect();
    const reading = setInterval(() => void answer(live, again), 1);
    await live.say(again, { op: "subscribe", from: { epoch: "ep_1", seq: socket.numbers.at(-1) ?? 0 } });
    await vi.waitUntil(() => again.numbers.at(-1) === live.room.log.head, { timeout: 30_000, interval: 5 });
    clearInterval(reading);
    expect(again.numbers[0]).toBe((socket.numbers.at(-1) ?? 0) + 1);
  });

  test("is not one that answers them", async () => {
    const { live, socket } = await aWatchedRoom({}, SMALL_LIMITS);
    for (let i = 0; i < 12; i++) {
      await flood(live, 16_000);
      await answer(live, socket);
    }
    expect(socket.taken).toBeGreaterThan(silent);
    expect(socket.closed).toBeNull();
  });

  test.each([
    ["subscribes again and again from the start", { op: "subscribe", from: { epoch: "ep_1", seq: 0 } }],
    ["pings", { op: "ping" }],
    ["names numbers that it cannot have read", { op: "ack", seq: 1_000_000 }],
    ["invents the answers to marks", { op: "ack", mark: "00000000-0000-4000" }],
  ])("is whoever reads nothing and %s", async (_, frame) => {
    const { live, socket } = await aWatchedRoom({}, SMALL_LIMITS);
    for (let i = 0; i < 200 && socket.closed === null; i++) {
      await flood(live, 5_000);
      await live.say(socket, frame);
      await settle();
      live.clock.advance(1000);
    }
    expect(socket.closed?.code).toBe(CloseCode.slow_consumer);
    // What it may owe, and the one frame that went beyond.
    expect(socket.taken).toBeLessThan(silent + 20_000);
  });

  test("whose catch-up waits for it to read is sent the rest once it has", async () => {
    const live = aLiveRoom(fixedClock(), { page: 10, limits: SMALL_LIMITS });
    await live.room.ingest([anEvent()]);
    await flood(live, 3 * catch_up);
    const socket = live.connect();
    await live.say(socket, { op: "subscribe", from: { epoch: "ep_1", seq: 0 } });
    await answer(live, socket);
    for (let i = 0; i < 10; i++) await settle();
    expect(socket.taken).toBeLessThan(2 * catch_up + 20_000);
    for (let i = 0; i < 10; i++) {
      await answer(live, socket);
      await settle();
    }
    expect(socket.numbers.at(-1)).toBe(live.room.log.head);
  });

  test("whose catch-up waits for it is asked again after the object's memory went, and sent the rest", async () => {
    const live = aLiveRoom(fixedClock(), { page: 10, limits: SMALL_LIMITS });
    await live.room.ingest([anEvent()]);
    await flood(live, 3 * catch_up);
    const socket = live.connect();
    await live.say(socket, { op: "subscribe", from: { epoch: "ep_1", seq: 0 } });
    await answer(live, socket);
    for (let i = 0; i < 10; i++) await settle();
    expect(socket.numbers.at(-1)).toBeLessThan(live.room.log.head);
    live.clock.advance(15_000);
    live.evict();
    for (let i = 0; i < 10; i++) {
      await settle();
      await answer(live, socket);
    }
    expect(socket.numbers.at(-1)).toBe(live.room.log.head);
    expect(socket.closed).toBeNull();
  });

  test("costs the others nothing: over the limit of all together those who owe most go first", async () => {
    const live = aLiveRoom(fixedClock(), { limits: SMALL_LIMITS });
    await live.room.ingest([anEvent()]);
    live.emit();
    const join = async () => {
      const socket = live.connect();
      await live.say(socket, { op: "subscribe" });
      return socket;
    };
    const deaf = await Promise.all(Array.from({ length: together / silent + 4 }, join));
    await flood(live, silent - 24_000);
    const late = await join();
    const reader = await join();
    for (let i = 0; i < 4; i++) {
      await flood(live, 5_000);
      await answer(live, reader);
    }
    const gone = deaf.filter(({ closed }) => closed?.code === CloseCode.slow_consumer);
    expect(gone.length).toBeGreaterThanOrEqual(4);
    expect([late.closed, reader.closed]).toEqual([null, null]);
    expect(reader.numbers.at(-1)).toBe(live.room.log.head);
  });

  test("still owes what it owed after the object's memory went", async () => {
    const { live, socket } = await aWatchedRoom({}, SMALL_LIMITS);
    await flood(live, silent - 30_000);
    live.clock.advance(2000);
    await live.say(socket, { op: "ping" });
    live.evict();
    await flood(live, 40_000);
    expect(socket.closed?.code).toBe(CloseCode.slow_consumer);
  });
});

describe("a flood of frames", () => {
  test("is counted as it arrives, and what waited is not followed any more", async () => {
    const { live, socket } = await aWatchedRoom();
    let read = 0;
    const { page } = live.room.log;
    live.room.log.page = (...asked) => {
      read += 1;
      return page.apply(live.room.log, asked);
    };
    const all = Array.from({ length: 5000 }, () =>
      live.say(socket, { op: "subscribe", from: { epoch: "ep_1", seq: 0 } }),
    );
    expect(socket.closed?.code).toBe(CloseCode.abuse);
    await Promise.all(all);
    await settle();
    expect(read).toBeLessThanOrEqual(1);
  });

  test("of subscriptions to one stream is answered with an error, and the socket stays open", async () => {
    const { live, socket } = await aWatchedRoom();
    for (let i = 0; i < 2 * DEFAULT_PEER_LIMITS.resumes; i++) await live.say(socket, { op: "subscribe" });
    expect(socket.frame("error")?.code).toBe("rate_limited");
    expect(socket.closed).toBeNull();
    live.clock.advance(DEFAULT_PEER_LIMITS.window_ms + 1);
    const before = socket.frames.filter(({ op }) => op === "snapshot").length;
    await live.say(socket, { op: "subscribe" });
    expect(socket.frames.filter(({ op }) => op === "snapshot").length).toBe(before + 1);
  });
});

test("what a socket's frames let fail is told with the trace of its opening, also after an eviction", async () => {
  const live = aLiveRoom();
  await live.room.ingest([anEvent()]);
  const traceparent = `00-${"a".repeat(32)}-${"b".repeat(16)}-01`;
  const socket = live.connect(traceparent);
  live.evict();
  live.room.log.page = () => {
    throw new Error("the disk is gone");
  };
  await live.say(socket, { op: "subscribe" });
  await settle();
  expect(live.failures()).toMatchObject([{ traceparent, error: { message: "the disk is gone" } }]);
});
