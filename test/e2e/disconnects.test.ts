import { afterAll, beforeAll, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { LiveStatus } from "../../workers/market/live/schema.ts";
import { getJson, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween, Watcher } from "../support/watcher.ts";

const DISCONNECTS = 1000;
const WATCHERS = 40;
const EVICTIONS = 20;

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform.stop());

test(`${DISCONNECTS} disconnects at random moments and ${EVICTIONS} evictions of room and relays: nothing lost, doubled or out of order`, async () => {
  const slug = "restless";
  await postEvents(platform, rawSales(slug, "first", 1));
  // Half watch the room itself, half through relays.
  const watchers = Array.from(
    { length: WATCHERS },
    (_, i) => new Watcher(platform.url, slug, i % 2 === 0 ? undefined : "live"),
  );
  await Promise.all(watchers.map((watcher) => watcher.connect()));

  let running = true;
  let head = 1;
  let busy = 0;
  let pause: Promise<void> | null = null;
  /** Runs a step of traffic, unless an eviction is under way: the runtime evicts only what has nothing in hand. */
  const step = async (work: () => Promise<void>) => {
    while (pause !== null) await pause;
    busy += 1;
    await work().finally(() => {
      busy -= 1;
    });
  };
  const publish = async () => {
    while (running)
      await step(async () => {
        const answer = await postEvents(platform, rawSales(slug, "s", 7, head));
        head = answer.positions[0]?.head ?? head;
      });
  };
  const evict = async () => {
    for (let i = 0; i < EVICTIONS; i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { promise, resolve } = Promise.withResolvers<void>();
      pause = promise;
      await until(
        () => busy,
        (n) => n === 0,
        { every: 1 },
      );
      const relay = (await watchedRelays())[Math.floor(i / 2)];
      if (i % 2 === 0 || relay === undefined) await platform.evict("CollectionRoom", slug);
      else await platform.evict("LiveRelay", relay);
      pause = null;
      resolve();
    }
  };
  const watchedRelays = async () => {
    const status = LiveStatus.parse(await getJson(`${platform.url}/api/v1/ws/status`));
    return status.relays.map(({ room }) => room);
  };
  let disconnects = 0;
  const hangUp = async (watcher: Watcher) => {
    while (disconnects < DISCONNECTS) {
      disconnects += 1;
      // A pause of a few milliseconds lands before, between and inside the frames of a catch-up.
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 40));
      await step(async () => {
        watcher.cut();
        await watcher.connectPatiently(Date.now() + 10_000);
      });
    }
  };
  const publishing = publish();
  const evicting = evict();
  await Promise.all([evicting, ...watchers.map(hangUp)]);
  running = false;
  await publishing;

  expect(disconnects).toBeGreaterThanOrEqual(DISCONNECTS);
  for (const watcher of watchers) {
    await until(
      () => watcher.position?.seq ?? 0,
      (seq) => seq >= head,
      { within: 45_000 },
    );
    expect(watcher.resets).toBe(0);
    expect(watcher.numbers).toEqual(numbersBetween(watcher.start ?? 0, head));
    watcher.cut();
  }
});
