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
  // The budget is 5 s (`npm run bench -- storm` measures it on a quiet machine). With both cores shared by other
  // work it took 4.5 to 5.9 s; twice the budget is only passed where resuming itself has become slow.
  expect(storm.elapsed_ms).toBeLessThan(10_000);
});
