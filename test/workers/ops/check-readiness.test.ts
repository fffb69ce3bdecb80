import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPostgresBackend } from "../../../scripts/local/neon-endpoint/postgres-backend.ts";
import { startNeonEndpoint } from "../../../scripts/local/neon-endpoint/server.ts";
import { createDb } from "../../../shared/db/client.ts";
import { parseConfig } from "../../../shared/platform/config.ts";
import { checkReadiness } from "../../../workers/ops/check-readiness.ts";
import { Readiness } from "../../../workers/ops/readiness.ts";
import { type OpenDatabase, openTestDatabase } from "../../support/database.ts";
import { memoryGate } from "../../support/opensea/gate.ts";
import { recordLog } from "../../support/opensea/log.ts";
import { openSeaSettings } from "../../support/opensea/settings.ts";
import { whyNoPostgres } from "../../support/postgres.ts";

const NOW = Date.parse("2026-01-01T12:00:00Z");
const never = () => new Promise<never>(() => {});

let database: OpenDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
}, 60_000);
afterAll(() => database.close());

/** A deployment that polls OpenSea, all of which is well unless the test says otherwise. */
function aDeployment(over: Partial<Parameters<typeof checkReadiness>[0]> = {}) {
  const { log, lines } = recordLog();
  const gate = memoryGate(() => NOW);
  const deps: Parameters<typeof checkReadiness>[0] = {
    db: database.db,
    rooms: { board: { list: async () => [] } },
    queue: { send: never, metrics: async () => ({ backlogCount: 0 }) },
    providers: { gate: () => gate },
    config: parseConfig(openSeaSettings({ OPENSEA_COLLECTIONS: "punks" })),
    now: () => NOW,
    log,
    ...over,
  };
  const check = async () => {
    const readiness = Readiness.parse(await checkReadiness(deps));
    const statuses = Object.fromEntries(readiness.checks.map(({ name, status }) => [name, status]));
    return { ...readiness, statuses };
  };
  return { gate, lines, check };
}

const WELL = { database: "ok", rooms: "ok", queue: "ok", providers: "ok", alerts: "ok" };

describe("a deployment", () => {
  test("is ready where all answer", async () => {
    expect(await aDeployment().check()).toMatchObject({
      status: "ready",
      statuses: WELL,
      queue: { backlog: 0, oldest_at: null },
      providers: [{ name: "opensea", status: "ok", circuit: "closed", waits_until: null }],
    });
  });

  test("is not ready where the objects do not answer, within two seconds and with the reason in the log only", async () => {
    const { check, lines } = aDeployment({ rooms: { board: { list: never } } });
    const start = performance.now();
    const readiness = await check();
    expect(performance.now() - start).toBeLessThan(3000);
    expect(readiness).toMatchObject({ status: "unavailable", statuses: { ...WELL, rooms: "failed" } });
    expect(JSON.stringify(lines)).toContain("no answer within 2000 ms");
    expect(JSON.stringify(readiness)).not.toContain("2000 ms");
  });
});

describe.skipIf(await whyNoPostgres())("a database that answers and cannot serve", () => {
  let postgres: OpenDatabase;
  const check = async (options: string) => {
    const url = new URL(postgres.url);
    url.searchParams.set("options", options);
    const endpoint = await startNeonEndpoint(openPostgresBackend(url.href));
    try {
      const readiness = await aDeployment({ db: createDb(url.href, endpoint.url) }).check();
      return { status: readiness.status, reason: readiness.checks[0]?.reason };
    } finally {
      await endpoint.close();
    }
  };
  beforeAll(async () => {
    postgres = await openTestDatabase("postgres");
  }, 60_000);
  afterAll(() => postgres.close());

  test("is no ready deployment where it only reads, and says so", async () => {
    expect(await check("-c default_transaction_read_only=on")).toEqual({
      status: "unavailable",
      reason: "The database only reads: default_transaction_read_only is on.",
    });
  });

  test("may have any formats and search path of its own", async () => {
    const odd =
      "-c DateStyle=SQL,DMY -c IntervalStyle=iso_8601 -c bytea_output=escape -c search_path=pg_catalog";
    expect(await check(odd)).toEqual({ status: "ready", reason: undefined });
  });
});

describe("the queue", () => {
  const waiting = (minutes: number) => ({
    send: never,
    metrics: async () => ({ backlogCount: 3, oldestMessageTimestamp: new Date(NOW - minutes * 60_000) }),
  });

  test("says how much waits in it and since when", async () => {
    expect(await aDeployment({ queue: waiting(5) }).check()).toMatchObject({
      statuses: WELL,
      queue: { backlog: 3, oldest_at: "2026-01-01T11:55:00.000Z" },
    });
  });

  test("is degraded once nobody takes jobs from it, and the deployment serves on", async () => {
    const { status, statuses } = await aDeployment({ queue: waiting(31) }).check();
    expect([status, statuses.queue]).toEqual(["ready", "degraded"]);
  });

  test.each([
    ["cannot tell", { send: never }],
    ["does not answer", { send: never, metrics: never }],
  ])("is unknown where it %s, and nothing is sent to find out", async (_what, queue) => {
    expect(await aDeployment({ queue }).check()).toMatchObject({
      status: "ready",
      statuses: { ...WELL, queue: "unknown" },
      queue: { backlog: null, oldest_at: null },
    });
  });

  test("that does not know since when its jobs wait says nothing of it", async () => {
    const metrics = async () => ({ backlogCount: 1, oldestMessageTimestamp: new Date(0) });
    const { queue, statuses } = await aDeployment({ queue: { send: never, metrics } }).check();
    expect([queue.oldest_at, statuses.queue]).toEqual([null, "ok"]);
  });
});

describe("a provider", () => {
  test("that failed several times is degraded until it is tried again, and the deployment serves on", async () => {
    const { gate, check } = aDeployment();
    for (let failures = 0; failures < 5; failures += 1) await gate.report({ kind: "failure", limits: null });
    const { status, statuses, providers } = await check();
    expect([status, statuses.providers]).toEqual(["ready", "degraded"]);
    expect(providers).toMatchObject([{ name: "opensea", status: "degraded", circuit: "open" }]);
    expect(Date.parse(providers[0]?.waits_until ?? "")).toBeGreaterThan(NOW);
    // Looking is no call: it does not take the one trial that a half-open circuit lets through.
    expect(await gate.acquire()).toMatchObject({ ok: false, reason: "circuit_open" });
  });

  test("that asks us to slow down is well, and says until when", async () => {
    const { gate, check } = aDeployment();
    const limits = { remaining: null, reset_at: null, retry_after_ms: 60_000 };
    await gate.report({ kind: "throttled", limits });
    expect((await check()).providers).toEqual([
      { name: "opensea", status: "ok", circuit: "closed", waits_until: "2026-01-01T12:01:00.000Z" },
    ]);
  });

  test("whose gate does not answer is unknown", async () => {
    const { statuses, providers } = await aDeployment({
      providers: { gate: () => ({ status: never }) },
    }).check();
    expect(statuses.providers).toBe("unknown");
    expect(providers).toEqual([{ name: "opensea", status: "unknown", circuit: null, waits_until: null }]);
  });
});
