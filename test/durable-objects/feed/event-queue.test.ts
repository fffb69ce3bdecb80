import { describe, expect, it } from "vitest";
import { EventQueue } from "../../../durable-objects/feed/event-queue.ts";
import type { MarketEventInput } from "../../../shared/contracts/market.ts";
import { anEvent } from "../../support/events.ts";
import { recordLog } from "../../support/opensea/log.ts";

function aQueue() {
  const clock = { now: 0 };
  const dropped: string[] = [];
  const batches: { slug: string; keys: string[] }[] = [];
  const room = { failing: false, wait: Promise.resolve() };
  const queue = new EventQueue({
    now: () => clock.now,
    random: () => 0,
    log: recordLog().log,
    onDropped: (slug) => dropped.push(slug),
    async ingest(slug, events) {
      await room.wait;
      if (room.failing) throw new Error("away");
      batches.push({ slug, keys: events.map(({ event_key }) => event_key) });
    },
  });
  return { clock, dropped, batches, room, queue };
}
const events = (...keys: string[]): MarketEventInput[] => keys.map((event_key) => anEvent({ event_key }));

describe("the event queue", () => {
  it("sends one batch at a time and lets the next one grow meanwhile", async () => {
    const { queue, batches, room } = aQueue();
    let release = () => {};
    room.wait = new Promise((resolve) => {
      release = resolve;
    });
    queue.add("a", events("1"));
    const first = queue.flush();
    queue.add("a", events("2"));
    queue.add("a", events("3"));
    await queue.flush();
    expect(batches).toEqual([]);
    release();
    await first;
    expect(batches.map(({ keys }) => keys)).toEqual([["1"], ["2", "3"]]);
  });

  it("keeps the order and loses nothing when a room is away for a while", async () => {
    const { queue, batches, room, clock } = aQueue();
    room.failing = true;
    queue.add("a", events("1", "2"));
    await queue.flush();
    queue.add("a", events("3"));
    expect(queue.nextDue()).toBe(250);
    await queue.flush();
    room.failing = false;
    clock.now = 250;
    await queue.flush();
    expect(batches).toEqual([{ slug: "a", keys: ["1", "2", "3"] }]);
    expect([queue.waiting(), queue.nextDue()]).toEqual([0, null]);
  });

  it("does not hold one room up for another", async () => {
    const { queue, batches, room } = aQueue();
    room.failing = true;
    queue.add("a", events("1"));
    await queue.flush();
    room.failing = false;
    queue.add("b", events("2"));
    await queue.flush();
    expect(batches).toEqual([{ slug: "b", keys: ["2"] }]);
  });

  it("lets the oldest go beyond its bound, and says so", () => {
    const { queue, dropped } = aQueue();
    queue.add(
      "a",
      Array.from({ length: 5_001 }, () => anEvent()),
    );
    expect([queue.waiting(), dropped]).toEqual([5_000, ["a"]]);
  });
});
