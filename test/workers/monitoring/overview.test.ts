import { expect, it, test } from "vitest";
import { MonitoringOverview } from "../../../shared/contracts/monitoring.ts";
import { alerts, silences } from "../../../shared/db/schema/index.ts";
import { storePlatformReadings } from "../../../shared/monitoring/store-platform-readings.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { createApp } from "../../../shared/platform/http/app.ts";
import { newId } from "../../../shared/platform/ids.ts";
import { createLog } from "../../../shared/platform/log.ts";
import { metricsApp } from "../../../workers/metrics/app.ts";
import { monitoringApp } from "../../../workers/monitoring/app.ts";
import { newsOf, overviewText } from "../../../workers/monitoring/stream/overview-stream.ts";
import { aRoomStatus } from "../../shared/monitoring/findings.ts";
import { accountApp, type Somebody } from "../../support/account-app.ts";
import { type Backend, describeOnEachBackend } from "../../support/each-backend.ts";

const MINUTE = 60_000;

/** Counts what is asked of a database. */
function countStatements<T extends object>(db: T): { db: T; count: { n: number } } {
  const count = { n: 0 };
  const counted = new Set<string | symbol>(["execute", "select", "insert", "update", "delete"]);
  const proxy = new Proxy(db, {
    get(target, name) {
      if (counted.has(name)) count.n += 1;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  return { db: proxy, count };
}

/** The monitoring's routes over a real database, beside those by which hosts push. */
function aWorld(backend: Backend) {
  const both = createApp();
  both.route("/", monitoringApp);
  both.route("/", metricsApp);
  const app = accountApp(backend, both);
  const since: Record<string, number> = { database: app.clock.now - 5 * MINUTE };
  Object.assign(app.ctx, {
    log: createLog("error", {}, undefined, () => {}),
    mail: null,
    rooms: {
      board: {
        list: async () => [aRoomStatus()],
        markRequests: async () => ({
          before: null,
          now: { at: 0, requests: 0, errors: 0, buckets: [] },
        }),
        noteHealth: async () => since,
      },
    },
    queue: { send: async () => {}, metrics: async () => ({ backlogCount: 0 }) },
    alertEngine: () => ({ wake: async () => {} }),
  });
  const overview = async (who: Somebody) => {
    const { status, body } = await app.ask(who, "GET", "/monitoring/overview");
    if (status !== 200) throw new Error(JSON.stringify(body));
    return MonitoringOverview.parse(body);
  };
  async function raise(who: Somebody, given: Partial<typeof alerts.$inferInsert> = {}): Promise<string> {
    app.clock.now += 1;
    const at = isoTime(app.clock.now);
    const id = newId("alr", app.clock.now);
    await backend.db.insert(alerts).values({
      ...{
        id,
        user_id: who.id,
        rule_id: id,
        fingerprint: "f",
        labels: {},
        name: "Busy",
        metric: "host.cpu_percent",
      },
      ...{
        level: "warning",
        condition: "value",
        operator: ">",
        threshold: "80",
        state: "active",
        health: "ok",
      },
      ...{ value: "91", message: "Busy", started_at: at, fired_at: at, created_at: at, updated_at: at },
      ...given,
    });
    return id;
  }
  return { ...app, overview, raise };
}

describeOnEachBackend("the overview", (backend) => {
  it("counts alerts that stand by their level, one's own apart from the platform's, and names the first", async () => {
    const { enter, raise, overview, clock } = aWorld(backend);
    const [ann, bob] = [await enter("manager"), await enter("manager")];
    for (let i = 0; i < 25; i += 1) await raise(ann);
    const critical = await raise(ann, { level: "critical", state: "acknowledged" });
    await raise(ann, { state: "pending", fired_at: null });
    await raise(ann, { state: "resolved" });
    await raise(bob);
    const anns = await raise(ann, { metric: "platform.error_rate", level: "error" });
    const bobs = await raise(bob, { metric: "platform.flush_lag_ms", comment: "between us" });
    await backend.db.insert(silences).values({
      ...{ id: "sil_1", user_id: ann.id, created_by: ann.id, created_at: isoTime(clock.now) },
      matchers: [{ label: "level", operator: "=", value: "critical" }],
      ...{ starts_at: isoTime(clock.now - MINUTE), ends_at: isoTime(clock.now + MINUTE) },
    });

    const { alerts: found } = await overview(ann);
    expect(found?.own.counts).toEqual({ info: 0, warning: 25, error: 1, critical: 1 });
    expect(found?.own.first).toHaveLength(20);
    expect(found?.own.first.slice(0, 2).map(({ id }) => id)).toEqual([anns, critical]);
    expect(found?.own.first[1]).toMatchObject({ state: "acknowledged", silenced_by: ["sil_1"] });
    expect(found?.platform.counts).toEqual({ info: 0, warning: 1, error: 1, critical: 0 });
    expect(found?.platform.first.map(({ id, own }) => [id, own])).toEqual([
      [bobs, false],
      [anns, true],
    ]);
    expect(JSON.stringify(found?.platform)).not.toContain("between us");
    expect((await overview(await enter("auditor"))).alerts?.own.counts.warning).toBe(0);
  });

  it("has at most 60 points of each key figure, of the last hour, oldest first", async () => {
    const { enter, overview, clock } = aWorld(backend);
    const ann = await enter("manager");
    for (let minute = 70; minute >= 0; minute -= 1)
      await storePlatformReadings(
        backend.db,
        [
          { name: "platform.connections", value: String(minute) },
          { name: "platform.queue_backlog", value: "1" },
        ],
        clock.now - minute * MINUTE,
      );
    const { series } = await overview(ann);
    expect(series?.map(({ metric, unit, points }) => [metric, unit, points.length])).toEqual([
      ["platform.requests_per_second", "per_second", 0],
      ["platform.error_rate", "percent", 0],
      ["platform.request_p95_ms", "milliseconds", 0],
      ["platform.flush_lag_ms", "milliseconds", 0],
      ["platform.connections", "count", 60],
    ]);
    const values = series?.at(-1)?.points.map(({ value }) => Number(value));
    expect(values).toEqual(Array.from({ length: 60 }, (_, i) => 59 - i));
  });

  it("shows one's hosts with the newest of each reading and its age, and which of them fell silent", async () => {
    const { enter, overview, ask, clock } = aWorld(backend);
    const [ann, bob] = [await enter("manager"), await enter("manager")];
    const push = async (
      who: Somebody,
      host: string,
      name: string,
      value: string,
      minutes: number,
      mount?: string,
    ) => {
      const unit = name === "host.fsync" ? { unit: "ms" } : {};
      const sample = { name, labels: { host, ...(mount && { mount }) }, value, ...unit };
      const at = isoTime(clock.now - minutes * MINUTE);
      expect(await ask(who, "POST", "/metrics/push", { samples: [{ ...sample, at }] })).toMatchObject({
        body: { accepted: 1 },
      });
    };
    expect((await overview(ann)).components.at(-1)).toMatchObject({
      kind: "hosts",
      status: "ok",
      since: null,
    });
    await push(ann, "db-1", "host.cpu_percent", "10", 2);
    await push(ann, "db-1", "host.cpu_percent", "12.5", 1);
    await push(ann, "db-1", "host.disk_percent", "70", 1, "/data");
    await push(ann, "db-1", "host.fsync", "8", 1);
    await push(ann, "db-1", "room.temperature", "20", 1);
    await push(ann, "web-1", "host.cpu_percent", "5", 20);
    await push(bob, "of-bob", "host.cpu_percent", "99", 1);

    const state = await overview(ann);
    expect(state.hosts).toMatchObject([
      {
        ...{ host: "db-1", silent: false, age_s: 60 },
        readings: [
          { metric: "host.cpu_percent", labels: {}, value: "12.5", unit: "percent" },
          { metric: "host.disk_percent", labels: { mount: "/data" }, value: "70" },
          { metric: "host.fsync", value: "8", unit: "milliseconds" },
        ],
      },
      { host: "web-1", silent: true, age_s: 1200 },
    ]);
    const silent = state.components.at(-1);
    expect(silent).toMatchObject({ kind: "hosts", status: "degraded" });
    expect(silent?.reason).toMatch(/^web-1: no readings for more than 5 minutes/);
    const lastHeard = Date.parse(state.hosts?.[1]?.last_at ?? "");
    expect(silent?.since).toBe(isoTime(lastHeard + 5 * MINUTE));
    // They are somebody's own: the platform is well.
    expect(state.status).toBe("ok");
  });

  it("shows alerts and hosts only to who may read alerts", async () => {
    const { ctx, enter, raise, tokenOf, send } = aWorld(backend);
    const ann = await enter("manager");
    await raise(ann, { metric: "platform.error_rate" });
    const account = ctx.gates.account(ann.id);
    const verdict = await account.check(ann.id, ann.session_id, 1);
    if (!verdict.ok) throw new Error(verdict.reason);
    const access = { ...verdict.access, permissions: ["monitoring:read" as const] };
    Object.assign(ctx.gates, {
      account: () => ({ ...account, check: async () => ({ ...verdict, access }) }),
    });
    const { status, body } = await send(await tokenOf(ann), "GET", "/monitoring/overview");
    expect(status).toBe(200);
    const state = MonitoringOverview.parse(body);
    expect(state).toMatchObject({ alerts: null, hosts: null, status: "ok" });
    expect(state.components.map(({ kind }) => kind)).not.toContain("hosts");
    expect(state.series).not.toBeNull();
  });

  it("says since when the board knows a status, and asks the database six times at most", async () => {
    const { ctx, enter, overview, raise, clock, tokenOf, send } = aWorld(backend);
    const ann = await enter("manager");
    await raise(ann);
    const { components } = await overview(ann);
    const known = components.find(({ name }) => name === "database");
    expect(Date.parse(known?.since ?? "")).toBeLessThan(clock.now - 4 * MINUTE);
    expect(components.find(({ name }) => name === "queue")).toMatchObject({ since: null, status: "ok" });

    const token = await tokenOf(ann);
    const { db, count } = countStatements(ctx.db);
    // Who asks is settled by gates, which are no part of this.
    const account = ctx.gates.account(ann.id);
    const verdict = await account.check(ann.id, ann.session_id, 1);
    Object.assign(ctx, {
      db,
      gates: { ...ctx.gates, account: () => ({ ...account, check: async () => verdict }) },
    });
    await send(token, "GET", "/monitoring/overview");
    const first = count.n;
    await send(token, "GET", "/monitoring/overview");
    // Signing keys are read once, and remembered.
    expect(count.n - first).toBeLessThanOrEqual(6);
    expect(count.n - first).toBeGreaterThan(0);
  });

  it("answers while the database is away, within seconds, with what is known without it", async () => {
    const { ctx, enter, tokenOf, send } = aWorld(backend);
    const ann = await enter("manager");
    const token = await tokenOf(ann);
    await send(token, "GET", "/monitoring/overview");
    const account = ctx.gates.account(ann.id);
    const verdict = await account.check(ann.id, ann.session_id, 1);
    const never = () => new Promise(() => {});
    const from = () => ({ from: () => ({ where: () => ({ orderBy: () => ({ limit: never }) }) }) });
    Object.assign(ctx, {
      db: { execute: never, select: from },
      gates: { ...ctx.gates, account: () => ({ ...account, check: async () => verdict }) },
    });
    const start = performance.now();
    const { status, body } = await send(token, "GET", "/monitoring/overview");
    expect(performance.now() - start).toBeLessThan(4000);
    expect(status).toBe(200);
    const state = MonitoringOverview.parse(body);
    expect(state).toMatchObject({ status: "down", alerts: null, series: null, hosts: null });
    const statuses = Object.fromEntries(state.components.map((each) => [each.name, each.status]));
    expect(statuses).toMatchObject({
      database: "down",
      rooms: "ok",
      api: "ok",
      queue: "ok",
      hosts: "unknown",
    });
  });
});

const STATE: MonitoringOverview = {
  ...{ as_of: "2026-01-01T12:00:00.000Z", version: "1", status: "ok", alerts: null, series: [] },
  components: [
    { kind: "api", name: "api", status: "ok", reason: "It answers.", since: null, checked_at: "2026-01-01" },
  ],
  hosts: [{ host: "db-1", readings: [], last_at: "2026-01-01T11:59:00.000Z", age_s: 60, silent: false }],
};

test("that time went by is no news, and anything else is", () => {
  const [component] = STATE.components;
  const [host] = STATE.hosts ?? [];
  if (component === undefined || host === undefined) throw new Error("there is one of each");
  const later = {
    ...{ ...STATE, as_of: "2026-01-01T12:00:05.000Z" },
    components: [{ ...component, checked_at: "2026-01-02" }],
    hosts: [{ ...host, age_s: 65 }],
  };
  expect(newsOf(later)).toBe(newsOf(STATE));
  const others: MonitoringOverview[] = [
    { ...STATE, status: "degraded" },
    { ...STATE, components: [{ ...component, status: "down" }] },
    { ...STATE, hosts: [{ ...host, silent: true }] },
    { ...STATE, hosts: null },
    { ...STATE, alerts: { own: NO_ALERTS, platform: NO_ALERTS } },
  ];
  for (const other of others) expect(newsOf(other)).not.toBe(newsOf(STATE));
});
const NO_ALERTS = { counts: { info: 0, warning: 0, error: 0, critical: 0 }, first: [] };

test("an event is one line of data, whatever stands in it", () => {
  const text = overviewText({ ...STATE, version: "1\n\nevent: forged" });
  expect(text.endsWith("\n\n")).toBe(true);
  expect(text.slice(0, -2).split("\n")).toHaveLength(3);
});
