import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { historyPath, startReplay } from "../scripts/replay/run-command.ts";
import { countStored, getJson, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";

let platform: Platform;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "replay-e2e-"));
  platform = await openPlatform();
});
afterAll(async () => {
  await platform.stop();
  await rm(folder, { recursive: true });
});

const replay = (file: string, slug: string, ...flags: string[]) =>
  startReplay([file, "--collection", slug, "--url", platform.url, ...flags], platform.ingestKey);

const statsOf = (slug: string) =>
  getJson(
    `${platform.url}/api/v1/collections/${slug}/stats?from=2017-01-01T00:00:00Z&to=2022-01-01T00:00:00Z`,
  );

test("a real sales history ends with exactly its sales in Postgres and in the figures, however often it is replayed", async () => {
  const file = historyPath("cryptopunks-2017.csv");
  expect(await replay(file, "punks").ended).toMatchObject({ code: 0 });
  await until(
    () => countStored(platform, "punks"),
    ({ n }) => n === 250,
  );
  const figures = {
    sales: 250,
    // The sum of the file's prices in wei, to the last one.
    volume: "67.920079250469518577",
    currency: "ETH",
    unique_sellers: 36,
    simulated: false,
  };
  expect(await statsOf("punks")).toMatchObject(figures);

  const again = await replay(file, "punks", "--batch", "77").ended;
  expect(again.shown).toContain("accepted   0\nduplicate  250\nrejected   0");
  expect(await countStored(platform, "punks")).toEqual({ n: 250, keys: 250 });
  expect(await statsOf("punks")).toMatchObject(figures);
});

test("rows without a price are the transfers that the flags call them, and no sales", async () => {
  const file = historyPath("mooncats.csv");
  const { code } = await replay(file, "mooncats", "--kind-without-price", "transfer").ended;
  expect(code).toBe(0);
  await until(
    () => countStored(platform, "mooncats"),
    ({ n }) => n === 134,
  );
  expect(await statsOf("mooncats")).toMatchObject({ sales: 66, volume: "64.947699900000001012" });
});

test("a replay during which the worker is killed twice ends with every row in once", async () => {
  const rows = Array.from({ length: 3_000 }, (_, index) => {
    const at = new Date(Date.UTC(2020, 4, 1) + index * 60_000).toISOString();
    return `${at},${index},0.5,0xa,0xb,0x${index}`;
  });
  const file = join(folder, "long.csv");
  await writeFile(file, ["time,token_id,price_eth,seller,buyer,tx", ...rows].join("\n"));
  // A sale a minute, played in nine seconds: long enough to be interrupted.
  const command = replay(file, "long", "--batch", "40", "--speed", "20000");
  for (const reached of [400, 1_500]) {
    await until(
      () => countStored(platform, "long"),
      ({ n }) => n > reached,
    );
    await platform.killWorker();
    await platform.restartWorker();
  }
  const { code, shown } = await command.ended;
  expect(shown).toContain("trying again");
  expect(shown).toContain("rejected   0");
  expect(code).toBe(0);
  await until(
    () => countStored(platform, "long"),
    ({ n }) => n === 3_000,
  );
  expect(await countStored(platform, "long")).toEqual({ n: 3_000, keys: 3_000 });
  expect(await statsOf("long")).toMatchObject({ sales: 3_000, volume: "1500" });
});
