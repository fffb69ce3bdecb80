import { afterAll, beforeAll, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, getJson, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween, Watcher } from "../support/watcher.ts";

/** Long enough for several failed flushes; `DATABASE_AWAY_MS=60000` makes it the minute of an outage. */
const AWAY_MS = Number(process.env.DATABASE_AWAY_MS ?? 8000);

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform.stop());

test("while Postgres is away events are taken and sent live, and afterwards Postgres has each of them once", async () => {
  const slug = "away";
  await postEvents(platform, rawSales(slug, "before", 10));
  await until(
    () => countStored(platform, slug),
    ({ n }) => n === 10,
  );
  const watcher = new Watcher(platform.url, slug);
  await watcher.connect();

  await platform.pauseDatabase();
  const end = Date.now() + AWAY_MS;
  let sent = 10;
  while (Date.now() < end) {
    const answer = await postEvents(platform, rawSales(slug, "during", 5, sent));
    expect(answer.accepted).toBe(5);
    sent += 5;
    await until(
      () => watcher.position?.seq,
      (seq) => seq === sent,
      { within: 2000, every: 5 },
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect((await fetch(`${platform.url}/health`)).status).toBe(200);
  expect((await fetch(`${platform.url}/readyz`)).status).toBe(503);
  const read = await fetch(`${platform.url}/api/v1/collections/${slug}/stats?range=day`);
  expect(read.status).toBe(503);
  expect(await read.json()).toMatchObject({ code: "unavailable" });
  // One who comes during the outage is served by the room alone.
  const late = new Watcher(platform.url, slug);
  await late.connect();
  expect(late.start).toBe(sent);

  await platform.resumeDatabase();
  const stored = await until(
    () => countStored(platform, slug),
    ({ n }) => n >= sent,
    { within: 40_000 },
  );
  expect(stored).toEqual({ n: sent, keys: sent });
  expect(watcher.numbers).toEqual(numbersBetween(10, sent));
  expect(await getJson(`${platform.url}/api/v1/collections/${slug}/stats?range=day`)).toMatchObject({
    sales: sent,
  });
  expect((await fetch(`${platform.url}/readyz`)).status).toBe(200);
});
