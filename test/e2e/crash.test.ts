import { afterAll, beforeAll, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween, Watcher } from "../support/watcher.ts";

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform.stop());

test("a worker killed in the middle of ingestion loses no accepted event, doubles none, and watchers resume without a hole", async () => {
  const slug = "crash";
  const accepted = new Set<string>();
  await postEvents(platform, rawSales(slug, "first", 1));
  accepted.add("first-1");
  const watchers = Array.from({ length: 5 }, () => new Watcher(platform.url, slug));
  await Promise.all(watchers.map((watcher) => watcher.connect()));

  let running = true;
  let batch = 0;
  const ingest = async () => {
    while (running) {
      batch += 1;
      const events = rawSales(slug, `b${batch}`, 40);
      // An indexer sends a batch again until it is answered.
      for (;;) {
        try {
          const answer = await postEvents(platform, events);
          expect(answer.accepted + answer.duplicate).toBe(40);
          for (let i = 1; i <= 40; i++) accepted.add(`b${batch}-${i}`);
          break;
        } catch {
          await new Promise((resolve) => setTimeout(resolve, 100));
        }
      }
    }
  };
  const ingesting = ingest();
  for (let round = 0; round < 3; round++) {
    const reached = accepted.size;
    await until(
      () => accepted.size,
      (size) => size > reached + 200,
    );
    await platform.killWorker();
    await platform.restartWorker();
    await Promise.all(watchers.map((watcher) => watcher.connectPatiently(Date.now() + 20_000)));
  }
  running = false;
  await ingesting;

  const stored = await until(
    () => countStored(platform, slug),
    ({ n }) => n >= accepted.size,
  );
  expect(stored).toEqual({ n: accepted.size, keys: accepted.size });
  for (const watcher of watchers) {
    await until(
      () => watcher.position?.seq ?? 0,
      (seq) => seq >= accepted.size,
    );
    expect(watcher.resets).toBe(0);
    expect(watcher.numbers).toEqual(numbersBetween(watcher.start ?? 0, accepted.size));
  }
});
