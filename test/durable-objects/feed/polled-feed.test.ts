import { describe, expect, it } from "vitest";
import { PolledFeed } from "../../../durable-objects/feed/polled-feed.ts";
import type { Work } from "../../../shared/platform/work.ts";
import type { Cursor } from "../../../shared/providers/provider.ts";
import { createSimulatedProvider } from "../../../shared/providers/simulated/provider.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { memoryRoom } from "../../support/opensea/room.ts";

function aFeed(provider: ConstructorParameters<typeof PolledFeed>[0]["provider"], clock: { now: number }) {
  const cursors = new Map<string, Cursor>();
  const rooms = new Map<string, ReturnType<typeof memoryRoom>>();
  const roomOf = (slug: string) => {
    const room = rooms.get(slug) ?? memoryRoom();
    rooms.set(slug, room);
    return room;
  };
  const { log, lines } = recordLog();
  const deps = {
    provider,
    now: () => clock.now,
    log,
    ingest: async (
      slug: string,
      events: Parameters<ReturnType<typeof memoryRoom>["ingest"]>[1],
      work: Work,
    ) => {
      await roomOf(slug).ingest(slug, events, work.traceparent);
    },
    cursors: {
      load: (slug: string) => cursors.get(slug) ?? null,
      save: (slug: string, cursor: Cursor) => void cursors.set(slug, cursor),
    },
  };
  return { cursors, roomOf, lines, make: () => new PolledFeed(deps) };
}

describe("the polled feed", () => {
  it("drives the simulated market: history at first, then something new every few seconds", async () => {
    const clock = { now: 1_788_949_800_000 };
    const provider = createSimulatedProvider({ seed: 1, now: () => clock.now });
    const slugs = provider.collections.map(({ slug }) => slug);
    const { make, roomOf } = aFeed(provider, clock);
    const feed = make();
    feed.follow(slugs);
    const total = () => slugs.reduce((sum, slug) => sum + roomOf(slug).events.length, 0);
    for (let second = 0; second < 5; second += 1) {
      await feed.tick();
      clock.now = feed.nextDue();
    }
    const history = total();
    expect(history).toBeGreaterThan(100);
    for (let second = 0; second < 30; second += 1) {
      await feed.tick();
      clock.now = feed.nextDue();
    }
    expect(total()).toBeGreaterThan(history);
    expect(feed.status()).toMatchObject({ state: "polling", last_error: null });
  });

  it("goes on from its stored cursor after a restart, without a repeat", async () => {
    const clock = { now: 1_788_949_800_000 };
    const { make, roomOf } = aFeed(createSimulatedProvider({ seed: 1, now: () => clock.now }), clock);
    for (let start = 0; start < 4; start += 1) {
      const feed = make();
      feed.follow(["sim-harbour-cats"]);
      await feed.tick();
      clock.now += 5_000;
    }
    expect(roomOf("sim-harbour-cats").events.length).toBeGreaterThan(0);
    expect(roomOf("sim-harbour-cats").duplicates).toBe(0);
  });

  it("does not move a cursor past events that no room has, nor stop for one collection's sake", async () => {
    const clock = { now: 1_788_949_800_000 };
    const { make, roomOf, cursors } = aFeed(
      createSimulatedProvider({ seed: 1, now: () => clock.now }),
      clock,
    );
    const feed = make();
    roomOf("sim-harbour-cats").failures = 1;
    feed.follow(["sim-harbour-cats", "sim-copper-foxes", "no-such-collection"]);
    await feed.tick();
    expect(cursors.has("sim-harbour-cats")).toBe(false);
    expect(roomOf("sim-copper-foxes").events.length).toBeGreaterThan(0);
    clock.now = feed.nextDue();
    await feed.tick();
    expect(roomOf("sim-harbour-cats").events.length).toBeGreaterThan(0);
  });

  it("asks once a second, and never twice at the same time", async () => {
    const clock = { now: 0 };
    let running = 0;
    let most = 0;
    let asked = 0;
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { make } = aFeed(
      {
        async poll() {
          asked += 1;
          running += 1;
          most = Math.max(most, running);
          await slow;
          running -= 1;
          return { events: [], cursor: {}, more: false };
        },
      },
      clock,
    );
    const feed = make();
    feed.follow(["a"]);
    const first = feed.tick();
    clock.now = 5_000;
    await feed.tick();
    release();
    await first;
    await feed.tick();
    clock.now = 5_500;
    await feed.tick();
    expect([asked, most]).toEqual([2, 1]);
  });

  it("does each tick under a trace of its own, in its lines and in the rooms", async () => {
    const clock = { now: 1_788_949_800_000 };
    const provider = createSimulatedProvider({ seed: 1, now: () => clock.now });
    const { make, roomOf, lines } = aFeed(provider, clock);
    const [one = "", other = ""] = provider.collections.map(({ slug }) => slug);
    const feed = make();
    feed.follow([one, other]);
    roomOf(one).failures = 2;
    roomOf(other).failures = 1;
    await feed.tick();
    clock.now = feed.nextDue();
    await feed.tick();
    const [first, second, third] = lines.map(({ trace_id }) => String(trace_id));
    expect(lines).toHaveLength(3);
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect([...roomOf(other).traces].map((trace) => trace?.split("-")[1])).toEqual([third]);
  });
});
