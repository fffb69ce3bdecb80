import { afterAll, beforeAll, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { postEvents, rawSales } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { startStorm } from "../support/storm.ts";

const CLIENTS = 2000;
const MISSED = 300;

let platform: Platform;
beforeAll(async () => {
  platform = await openPlatform();
});
afterAll(() => platform.stop());

test(`${CLIENTS} clients that come back at once, each ${MISSED} events behind, are all whole`, async () => {
  const slug = "storm";
  const before = await postEvents(platform, rawSales(slug, "before", 10));
  const position = before.positions[0];
  if (position === undefined) throw new Error("the ingest answer names no position");
  await postEvents(platform, rawSales(slug, "missed", MISSED));
  const storm = await startStorm({
    url: `${platform.url.replace(/^http/, "ws")}/api/v1/collections/${slug}/live`,
    clients: CLIENTS,
    from: { epoch: position.epoch, seq: position.head },
    expected: MISSED,
  });
  expect(storm).toMatchObject({ whole: CLIENTS, wrong: 0 });
  // The budget of 5 s is measured by `npm run bench -- storm`; here only what would never end is refused.
  expect(storm.elapsed_ms).toBeLessThan(60_000);
});
