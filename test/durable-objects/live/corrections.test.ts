import fc from "fast-check";
import { expect, test } from "vitest";
import { Channel } from "../../../durable-objects/live/channel.ts";
import { readMarketFilter } from "../../../durable-objects/live/filter.ts";
import { Hub } from "../../../durable-objects/live/hub.ts";
import { marketStream } from "../../../durable-objects/live/market-stream.ts";
import { RelayChannel } from "../../../durable-objects/live/relay-channel.ts";
import { KEEP } from "../../../durable-objects/room/room.ts";
import { roomSource } from "../../../durable-objects/room/source.ts";
import { MAX_CORRECTED, type MarketEvent } from "../../../shared/contracts/market.ts";
import { anEvent } from "../../support/events.ts";
import { aLiveRoom, FakeSocket, settle } from "../../support/live.ts";
import { eventsOf, fixedClock } from "../../support/room.ts";

const HOUR = 3_600_000;
const takeBack = (corrects: string) => anEvent({ kind: "cancel", corrects, price: undefined });

/** A watcher with a filter, and the events that it was sent. */
async function aWatcher(filter: object, clock = fixedClock()) {
  const live = aLiveRoom(clock);
  await live.room.ingest([anEvent({ event_key: "first", kind: "transfer", price: undefined })]);
  const socket = live.connect();
  await live.say(socket, { op: "subscribe", ...filter });
  const tell = async (...events: ReturnType<typeof anEvent>[]) => {
    await live.room.ingest(events);
    live.emit();
  };
  const told = () => socket.frames.flatMap((frame) => (frame.op === "events" ? frame.events : []));
  return { live, tell, told };
}

test("whoever watches sales alone hears that a sale is taken back, and which one it was", async () => {
  const { tell, told } = await aWatcher({ kinds: ["sale"] });
  await tell(
    anEvent({ event_key: "a", price: "12.5", token_id: "7", quantity: 2 }),
    anEvent({ event_key: "listed", kind: "listing" }),
    takeBack("a"),
    takeBack("listed"),
  );
  expect(told().map(({ kind, corrects }) => [kind, corrects])).toEqual([
    ["sale", null],
    ["cancel", "a"],
  ]);
  expect(told()[1]?.corrected).toEqual([
    {
      ...{ event_key: "a", kind: "sale", token_id: "7", price: "12.5", total_price: "25", currency: "ETH" },
      ...{ quantity: "2", occurred_at: "2026-01-01T00:00:00.000Z" },
    },
  ]);
});

test("a correction passes the lowest price that the corrected event passed, whatever its own price is", async () => {
  const { tell, told } = await aWatcher({ min_price: "10" });
  await tell(anEvent({ event_key: "a", price: "10" }), anEvent({ event_key: "b", price: "9" }));
  await tell(
    anEvent({ event_key: "a2", price: "1", corrects: "a" }),
    anEvent({ event_key: "b2", price: "2", corrects: "b" }),
  );
  // What was told as a correction is taken back to the same readers.
  await tell(takeBack("a2"), takeBack("b2"));
  expect(told().map(({ event_key, corrects }) => corrects ?? event_key)).toEqual(["a", "a", "a2"]);
});

test("the room knows what it corrects for 30 days; beyond that a correction passes every filter", async () => {
  const clock = fixedClock();
  const { live, tell, told } = await aWatcher({ kinds: ["sale"] }, clock);
  await tell(
    anEvent({ event_key: "sold" }),
    anEvent({ event_key: "offered", kind: "bid" }),
    anEvent({ event_key: "old", kind: "bid" }),
  );
  const forgetLog = () => {
    live.room.log.setMark("flushed", live.room.log.head);
    live.room.log.prune(Number.POSITIVE_INFINITY, 0);
  };
  clock.advance(25 * HOUR);
  forgetLog();
  live.evict();
  await tell(takeBack("sold"), takeBack("offered"));
  clock.advance(KEEP.keys_ms);
  live.room.prune();
  await tell(takeBack("old"));
  expect(told().map(({ corrects, corrected }) => [corrects, corrected.map(({ kind }) => kind)])).toEqual([
    [null, []],
    ["sold", ["sale"]],
    ["old", []],
  ]);
});

test("what corrects itself, or nothing, passes by itself alone", async () => {
  const { tell, told } = await aWatcher({ kinds: ["sale"] });
  await tell(anEvent({ event_key: "self", kind: "cancel", corrects: "self", price: undefined }));
  expect(told()).toEqual([]);
});

const FILTERS = [{ kinds: ["sale"] }, { min_price: "5" }, { kinds: ["listing", "bid"], min_price: "2" }];
const key = fc.integer({ min: 0, max: 9 }).map((number) => `k${number}`);
const told = fc.record({
  event_key: fc.oneof(key, fc.uuid()),
  kind: fc.constantFrom("sale", "listing", "bid", "cancel", "metadata"),
  price: fc.constantFrom(undefined, "1", "2", "5", "9"),
  corrects: fc.option(fc.oneof(key, fc.constant("nobody")), { nil: undefined }),
});
const step = fc.record({
  events: fc.array(told, { minLength: 1, maxLength: 4 }),
  afterwards: fc.constantFrom("nothing", "evict", "resume", "forget the log"),
});

/** By the events themselves: those that a filter's reader must be sent. */
function mustPass(events: MarketEvent[], filter: (typeof FILTERS)[number]): number[] {
  const chains = new Map<string, MarketEvent[]>();
  const fits = ({ kind, price }: MarketEvent) =>
    (filter.kinds?.includes(kind) ?? true) &&
    (!filter.min_price || Number(price ?? 0) >= Number(filter.min_price));
  return events.flatMap((event) => {
    const corrects = event.corrects === event.event_key ? null : event.corrects;
    const before = corrects === null ? [] : (chains.get(corrects) ?? []);
    chains.set(event.event_key, [event, ...before]);
    const unknown = corrects !== null && (before.length === 0 || before.length >= MAX_CORRECTED);
    return unknown || [event, ...before].some(fits) ? [event.seq] : [];
  });
}

test("in a room and at a relay, through evictions and resumes, every filter lets pass what corrects what it let pass", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
      const live = aLiveRoom();
      await live.room.ingest([anEvent({ event_key: "first" })]);
      const source = () => roomSource(live.room, live.clock.now);
      const hub = new Hub<FakeSocket>({
        ...{ now: live.clock.now, filter: readMarketFilter, sockets: () => [], pingedAt: () => null },
      });
      const channel = new Channel(
        marketStream("punks"),
        { epoch: "ep_1", sent: 1 },
        {
          source: {
            position: () => source().position(),
            page: (after, limit) => source().page(after, limit),
            snapshot: () => source().snapshot(),
          },
          ...{ persist: () => undefined, pause: () => Promise.resolve(), debts: hub.debts },
          failed: (error) => {
            throw error;
          },
        },
      );
      const relay = new RelayChannel({ channel, source: source(), remember: () => undefined });
      const readers = await Promise.all(
        FILTERS.map(async (filter) => {
          const far = new FakeSocket();
          await channel.subscribe(hub.join(far, "con", null), readMarketFilter(filter), undefined);
          const near = [live.connect()];
          if (near[0]) await live.say(near[0], { op: "subscribe", ...filter });
          return { filter, far, near };
        }),
      );
      const log: MarketEvent[] = [];
      for (const { events, afterwards } of steps) {
        await live.room.ingest(events.map((event) => anEvent(event)));
        live.emit();
        log.push(...eventsOf(live.room, log.length + 1));
        const { events: bodies } = source().page(channel.sent.seq, 100);
        const range = { first: channel.sent.seq + 1, last: live.room.log.head };
        if (bodies.length > 0) await relay.deliver({ collection: "punks", epoch: "ep_1", ...range, bodies });
        if (afterwards === "evict") live.evict();
        for (const { filter, near } of afterwards === "resume" ? readers : []) {
          const [socket] = near.slice(-1);
          if (socket !== undefined) live.drop(socket);
          near.push(live.connect());
          const [next] = near.slice(-1);
          if (next)
            await live.say(next, {
              op: "subscribe",
              ...filter,
              from: { epoch: "ep_1", seq: live.room.log.head },
            });
        }
        if (afterwards === "forget the log") {
          live.room.log.setMark("flushed", live.room.log.head);
          live.room.log.prune(Number.POSITIVE_INFINITY, 0);
        }
        await settle();
      }
      for (const { filter, far, near } of readers) {
        expect(near.flatMap(({ numbers }) => numbers)).toEqual(mustPass(log, filter));
        expect(far.numbers).toEqual(mustPass(log, filter));
      }
    }),
    { numRuns: 80 },
  );
});
