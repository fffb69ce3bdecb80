import { sql } from "drizzle-orm";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { readRows } from "../../../../shared/db/rows.ts";
import { parseConfig } from "../../../../shared/platform/config.ts";
import { continueTrace, traceparent } from "../../../../shared/platform/trace.ts";
import { runPollJob } from "../../../../workers/market/polling/run-poll-job.ts";
import { type OpenDatabase, openTestDatabase } from "../../../support/database.ts";
import { bestListing, NOW, NOW_S, restSale, SLUG } from "../../../support/opensea/build.ts";
import { memoryGate } from "../../../support/opensea/gate.ts";
import { recordLog } from "../../../support/opensea/log.ts";
import { whyNoOpenApi } from "../../../support/opensea/openapi.ts";
import { type OpenSeaRest, startOpenSeaRest } from "../../../support/opensea/rest-server.ts";
import { memoryRoom } from "../../../support/opensea/room.ts";
import { openSeaSettings } from "../../../support/opensea/settings.ts";

const KEY = "a-test-key";
const job = (...collections: string[]) => ({
  type: "poll_provider" as const,
  provider: "opensea",
  collections,
});

let database: OpenDatabase;
let rest: OpenSeaRest;
beforeAll(async () => {
  database = await openTestDatabase();
}, 60_000);
beforeEach(async () => {
  rest = await startOpenSeaRest(KEY, NOW_S);
  rest.events.set(SLUG, []);
});
afterEach(async () => {
  await rest.close();
  await database.empty();
});
afterAll(() => database.close());

/** What the worker hands to a job, with rooms in memory and a clock of the test. */
function aWorker(settings: Record<string, string> = {}) {
  const clock = { now: NOW };
  const rooms = new Map<string, ReturnType<typeof memoryRoom>>();
  const roomOf = (slug: string) => {
    const room = rooms.get(slug) ?? memoryRoom();
    rooms.set(slug, room);
    return room;
  };
  const { log, lines } = recordLog();
  const gate = memoryGate(() => clock.now);
  const ctx = {
    config: parseConfig(
      openSeaSettings({ OPENSEA_API_URL: rest.url, OPENSEA_COLLECTIONS: `${SLUG},others`, ...settings }),
    ),
    db: database.db,
    fetch,
    now: () => clock.now,
    log,
    trace: continueTrace(null),
    rooms: {
      collection: roomOf,
      collectionObject: (slug: string) => ({ id: slug, class_key: "rooms" }),
      board: { roomFailed: async () => undefined },
    },
    providers: { gate: () => gate },
  };
  const run = (...slugs: string[]) => runPollJob(ctx, job(...slugs));
  return { ctx, clock, roomOf, lines, gate, run };
}
const happen = (number: number, at: number, late = 0) =>
  rest.events.get(SLUG)?.push({ at, shown_at: at + late, body: restSale(number, at) });
const tokens = (room: ReturnType<typeof memoryRoom>) => room.events.map(({ token_id }) => token_id);
const readCollections = () =>
  readRows(
    database.db,
    sql`select slug, name, description, chain, contract, currency, supply, source, simulated from collections`,
    z.record(z.string(), z.unknown()),
  );
const readStats = async () => {
  const query = sql`select source, provider_stats as stats from collections`;
  const [row] = await readRows(database.db, query, z.object({ source: z.string(), stats: z.unknown() }));
  return row;
};
const readCursors = () =>
  readRows(database.db, sql`select cursor from provider_cursors`, z.object({ cursor: z.unknown() }));

it.skipIf(whyNoOpenApi !== undefined)("answers of the stand-in keep to OpenSea's own document", async () => {
  rest.listings.set(SLUG, [bestListing(1, "1000")]);
  happen(2, NOW_S - 60);
  await aWorker().run(SLUG);
  expect(rest.requests.length).toBe(4);
  expect(rest.violations).toEqual([]);
});

describe("a poll job", () => {
  it("fills the room, stores the cursor and describes the collection", async () => {
    rest.listings.set(SLUG, [bestListing(1, "1000")]);
    happen(2, NOW_S - 60);
    const { run, roomOf } = aWorker();
    expect(await run(SLUG)).toEqual({});
    expect(roomOf(SLUG).events.map(({ kind }) => kind)).toEqual(["listing", "sale"]);
    expect(await readCursors()).toHaveLength(1);
    expect(await readCollections()).toEqual([
      {
        slug: SLUG,
        name: "Argonauts",
        description: "Sailors.",
        chain: "ethereum",
        contract: "0x387c41b0b2f1128de44db1bcf8baad085f26392c",
        currency: "ETH",
        supply: "8888",
        source: "opensea",
        simulated: false,
      },
    ]);
  });

  it("keeps what OpenSea states of the collection, and asks again after an hour", async () => {
    const { run, clock } = aWorker();
    await run(SLUG);
    const stated = {
      source: "opensea",
      floor: "1.5",
      floor_currency: "ETH",
      owners: 1000,
      total_sales: 42,
      total_volume: "120.5",
    };
    const as_of = (ms: number) => new Date(ms).toISOString();
    expect((await readStats())?.stats).toEqual({ ...stated, as_of: as_of(NOW) });
    clock.now += 1_800_000;
    await run(SLUG);
    expect((await readStats())?.stats).toMatchObject({ as_of: as_of(NOW) });
    clock.now += 1_800_000;
    await run(SLUG);
    expect((await readStats())?.stats).toMatchObject({ as_of: as_of(clock.now) });
  });

  it("is not held up by figures of the provider that cannot be read; those known before stay, as old as they are", async () => {
    happen(2, NOW_S - 60);
    const { run, clock, roomOf, lines } = aWorker();
    await run(SLUG);
    rest.lies.set("total", "junk");
    clock.now += 3_600_000;
    happen(3, NOW_S + 3_000);
    rest.clock.now = NOW_S + 3_600;
    expect(await run(SLUG)).toEqual({});
    expect(tokens(roomOf(SLUG))).toEqual(["2", "3"]);
    expect((await readStats())?.stats).toMatchObject({ floor: "1.5", as_of: new Date(NOW).toISOString() });
    expect(JSON.stringify(lines)).toContain("the provider's own figures were not read");
  });

  it("shows no figures of a provider that another one has taken the description over from", async () => {
    const { run } = aWorker();
    await run(SLUG);
    await database.db.execute(
      sql`update collections set source = 'elsewhere', provider_stats = '{"source":"elsewhere"}'`,
    );
    rest.lies.set("total", "junk");
    await run(SLUG);
    expect(await readStats()).toEqual({ source: "opensea", stats: null });
  });

  it("hands its trace on to the rooms", async () => {
    happen(2, NOW_S - 60);
    const { ctx, run, roomOf } = aWorker();
    await run(SLUG);
    expect([...roomOf(SLUG).traces]).toEqual([traceparent(ctx.trace)]);
  });

  it("does no harm when it is handed over twice, even at once", async () => {
    happen(2, NOW_S - 60);
    const { run, roomOf } = aWorker();
    await Promise.all([run(SLUG), run(SLUG)]);
    await run(SLUG);
    expect(tokens(roomOf(SLUG))).toEqual(["2"]);
    expect(await readCursors()).toHaveLength(1);
  });

  it("goes on after a restart without a hole, over events that OpenSea shows late", async () => {
    happen(1, NOW_S - 10);
    const first = aWorker();
    await first.run(SLUG);
    happen(2, NOW_S - 5, 120);
    happen(3, NOW_S + 30);
    rest.clock.now = NOW_S + 180;
    const second = aWorker();
    second.clock.now = NOW + 180_000;
    await second.run(SLUG);
    expect([...tokens(first.roomOf(SLUG)), ...tokens(second.roomOf(SLUG))]).toEqual(["1", "1", "2", "3"]);
  });

  it("asks for a collection's description once an hour, and forgets nothing that it is not told again", async () => {
    const { run, clock } = aWorker();
    const asked = () =>
      rest.requests.filter(({ pathname }) => pathname.endsWith(`/collections/${SLUG}`)).length;
    await run(SLUG);
    clock.now += 59 * 60_000;
    await run(SLUG);
    expect(asked()).toBe(1);
    clock.now += 2 * 60_000;
    for (const field of ["description", "contracts", "pricing_currencies"]) rest.lies.set(field, undefined);
    rest.lies.set("name", "Argonauts II");
    await run(SLUG);
    expect(asked()).toBe(2);
    expect(await readCollections()).toMatchObject([
      { name: "Argonauts II", description: "Sailors.", chain: "ethereum", currency: "ETH" },
    ]);
  });

  it("does not let a collection that OpenSea does not know stop the others", async () => {
    happen(2, NOW_S - 60);
    const { run, roomOf, lines } = aWorker();
    expect(await run("others", SLUG)).toEqual({});
    expect(tokens(roomOf(SLUG))).toEqual(["2"]);
    expect(lines.filter(({ level }) => level === "error")).toMatchObject([{ collection: "others" }]);
  });

  it.each([
    ["429 with seconds", { status: 429, headers: { "retry-after": "7" } }, 7_000],
    ["599", { status: 599 }, 1_000],
    ["500", { status: 500 }, 15_000],
    ["HTML", { status: 200, body: "<html>" }, 15_000],
    ["half a JSON", { status: 200, body: '{"listings": [' }, 15_000],
    ["an empty error", { status: 503, body: '{"errors": []}' }, 15_000],
    ["a hang-up", "hang up", 15_000],
  ] as const)("comes back later after %s, with nothing lost", async (_, fault, retry_after_ms) => {
    happen(2, NOW_S - 60);
    const { run, roomOf, clock } = aWorker();
    await run(SLUG);
    clock.now += 60_000;
    rest.clock.now += 60;
    happen(3, NOW_S + 30);
    rest.faults.push(fault);
    expect(await run(SLUG)).toEqual({ retry_after_ms });
    clock.now += retry_after_ms + 3_000;
    expect(await run(SLUG)).toEqual({});
    expect(tokens(roomOf(SLUG))).toEqual(["2", "3"]);
  });

  it("leaves OpenSea alone after five failures, and reads on when the circuit has cooled", async () => {
    happen(2, NOW_S - 60);
    const { run, roomOf, clock } = aWorker();
    await run(SLUG);
    for (let time = 0; time < 5; time += 1) rest.faults.push({ status: 500 });
    for (let time = 0; time < 5; time += 1) await run(SLUG);
    const asked = rest.requests.length;
    expect(await run(SLUG)).toEqual({ retry_after_ms: 23_000 });
    expect(rest.requests.length).toBe(asked);
    happen(3, NOW_S);
    clock.now += 23_000;
    expect(await run(SLUG)).toEqual({});
    expect(tokens(roomOf(SLUG))).toEqual(["2", "3"]);
  });

  it("refuses a provider that is not known or not set up", async () => {
    const { ctx } = aWorker();
    const unknown = { ...job(SLUG), provider: "elsewhere" };
    await expect(runPollJob(ctx, unknown)).rejects.toMatchObject({ code: "not_found" });
    const { OPENSEA_API_KEY: _, ...settings } = openSeaSettings();
    const keyless = { ...ctx, config: parseConfig(settings) };
    await expect(runPollJob(keyless, job(SLUG))).rejects.toMatchObject({ code: "not_found" });
  });

  it("describes simulated collections and leaves their events to the feed", async () => {
    const { ctx, roomOf } = aWorker({ DEMO_MARKET: "on" });
    await runPollJob(ctx, { ...job("sim-harbour-cats"), provider: "simulated" });
    expect(roomOf("sim-harbour-cats").events).toEqual([]);
    expect(await readCollections()).toMatchObject([
      { slug: "sim-harbour-cats", source: "simulated", simulated: true },
    ]);
  });
});
