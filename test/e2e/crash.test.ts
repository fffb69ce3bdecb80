import { mkdtemp, open, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { StoredJson } from "../../durable-objects/storage/stored-json.ts";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, postEvents, rawSales, until } from "../support/api.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween, Watcher } from "../support/watcher.ts";

let platform: Platform;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "xsema-crash-"));
  platform = await openPlatform({ dataDir });
});
afterAll(async () => {
  await platform.stop();
  await rm(dataDir, { recursive: true });
});

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

const Slug = new StoredJson(z.string());

/** The file of a room's storage, all of it in the file itself. */
async function fileOfRoom(slug: string): Promise<string> {
  const folder = join(dataDir, "objects/do/xsema-CollectionRoom");
  for (const name of await readdir(folder)) {
    if (!/^[0-9a-f]{64}\.sqlite$/.test(name)) continue;
    const database = new DatabaseSync(join(folder, name));
    try {
      database.exec("pragma wal_checkpoint(truncate)");
      const known = database.prepare("select value from facts where name = 'slug'").get();
      if (known !== undefined && Slug.read(String(known.value)) === slug) return name;
    } finally {
      database.close();
    }
  }
  throw new Error(`no file is the room of ${slug}`);
}

const LogLine = z.object({ message: z.string(), file: z.string().optional(), fault: z.string().optional() });

test("a damaged file of one room is named in the log and the status, and the other rooms go on", async () => {
  await postEvents(platform, rawSales("damaged", "before", 100));
  await postEvents(platform, rawSales("whole", "before", 10));
  await until(
    () => countStored(platform, "damaged"),
    ({ n }) => n === 100,
  );
  await platform.killWorker();
  const file = await fileOfRoom("damaged");
  const handle = await open(join(dataDir, "objects/do/xsema-CollectionRoom", file), "r+");
  const { size } = await handle.stat();
  await handle.write(Buffer.alloc(size - 4096, 7), 0, size - 4096, 4096);
  await handle.close();
  await platform.restartWorker();

  await expect(postEvents(platform, rawSales("damaged", "after", 1))).rejects.toThrow(/503.*damaged/);
  expect((await postEvents(platform, rawSales("whole", "after", 1))).accepted).toBe(1);
  const named = platform
    .recentLogs()
    .filter((line) => line.includes('"a room failed"'))
    .map((line) => LogLine.parse(JSON.parse(line)));
  expect(named).toMatchObject([{ file: `xsema-CollectionRoom/${file}` }]);
  expect(platform.recentLogs().join("\n")).toMatch(
    /the storage of an object is damaged|"fault":"storage_damaged"/,
  );
  const status = await fetch(`${platform.url}/api/v1/ws/status`);
  expect(await status.text()).toMatch(/"room":"damaged"[^}]*"fault":"(?:failed|storage_damaged)"/);

  // Begin again: without the file the room numbers under a new epoch, and Postgres still has what it had.
  await platform.killWorker();
  for (const end of ["", "-wal", "-shm"])
    await rm(join(dataDir, "objects/do/xsema-CollectionRoom", `${file}${end}`), { force: true });
  await platform.restartWorker();
  expect((await postEvents(platform, rawSales("damaged", "after", 1))).accepted).toBe(1);
  await until(
    () => countStored(platform, "damaged"),
    ({ n }) => n === 101,
  );
});
