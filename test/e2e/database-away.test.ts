import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Platform } from "../../scripts/local/platform.ts";
import { countStored, databaseOf, getJson, postEvents, rawSales, until } from "../support/api.ts";
import { TAMPERING } from "../support/database.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { numbersBetween, Watcher } from "../support/watcher.ts";

/** Long enough for several failed flushes; `DATABASE_AWAY_MS=60000` makes it the minute of an outage. */
const AWAY_MS = Number(process.env.DATABASE_AWAY_MS ?? 8000);

let platform: Platform;
let ann: Person;
beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY }, databaseGrants: TAMPERING });
  ann = await createPerson(platformCtx(platform));
});
afterAll(() => platform.stop());

async function makeRule(collection: string): Promise<void> {
  const rule = { name: "Busy", metric: "market.sales", labels: { collection }, condition: "value" };
  const answer = await fetch(`${platform.url}/api/v1/alert-rules`, {
    method: "POST",
    headers: { ...ann.headers, "content-type": "application/json" },
    body: JSON.stringify({ ...rule, operator: ">", threshold: "12", window: "1h" }),
  });
  if (!answer.ok) throw new Error(`a rule was answered with ${answer.status}: ${await answer.text()}`);
}

/** Whether an alert of Ann's stands. */
async function isAlerted(): Promise<boolean> {
  const answer = await fetch(`${platform.url}/api/v1/alerts`, { headers: ann.headers });
  return answer.ok && (await answer.text()).includes('"state":"active"');
}

test("while Postgres is away events are taken and sent live, and within ten seconds of its return Postgres has each of them once and rules have seen them", async () => {
  const slug = "away";
  await postEvents(platform, rawSales(slug, "before", 10));
  await until(
    () => countStored(platform, slug),
    ({ n }) => n === 10,
  );
  await makeRule(slug);
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
  const [stored] = await Promise.all([
    until(
      () => countStored(platform, slug),
      ({ n }) => n >= sent,
      { within: 10_000 },
    ),
    until(isAlerted, Boolean, { within: 10_000 }),
  ]);
  expect(stored).toEqual({ n: sent, keys: sent });
  expect(watcher.numbers).toEqual(numbersBetween(10, sent));
  expect(await getJson(`${platform.url}/api/v1/collections/${slug}/stats?range=day`)).toMatchObject({
    sales: sent,
  });
  expect((await fetch(`${platform.url}/readyz`)).status).toBe(200);
});

const SCRIPT = fileURLToPath(new URL("../../scripts/events-flush.ts", import.meta.url));

/** `npm run events:flush`: its exit code and what it says. */
function flushCommand(token = platform.ingestKey): Promise<{ code: number; said: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [SCRIPT, "--url", platform.url, "--token", token],
      (_error, out, errors) => resolve({ code: child.exitCode ?? -1, said: out + errors }),
    );
  });
}

test("what Postgres refused and what it lost is stored by npm run events:flush", async () => {
  const slug = "mended";
  const db = databaseOf(platform);
  await db.execute(sql`alter table market_events add constraint odd check (token_id <> '3') not valid`);
  await postEvents(platform, rawSales(slug, "odd", 5));
  await until(
    () => countStored(platform, slug),
    ({ n }) => n === 4,
  );
  expect(await flushCommand()).toMatchObject({
    code: 2,
    said: expect.stringMatching(/mended: .*1 are still refused/),
  });
  await db.execute(sql`alter table market_events drop constraint odd`);
  expect(await flushCommand("xk_wrong")).toMatchObject({ code: 1, said: expect.stringContaining("401") });
  expect(await flushCommand()).toMatchObject({
    code: 0,
    said: expect.stringMatching(/mended: .*1 .*stored now/),
  });
  expect(await countStored(platform, slug)).toEqual({ n: 5, keys: 5 });

  // As if it was restored to before the events came: nobody touches the room, and it has nothing left to flush.
  await db.execute(
    sql`delete from market_events where collection_id = (select id from collections where slug = ${slug})`,
  );
  await db.execute(
    sql`delete from collection_state where collection_id = (select id from collections where slug = ${slug})`,
  );
  expect(await flushCommand()).toMatchObject({
    code: 0,
    said: expect.stringMatching(/restored to an older state.*5 event/),
  });
  expect(await countStored(platform, slug)).toEqual({ n: 5, keys: 5 });
});
