import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { MonitoringOverview } from "../../shared/contracts/monitoring.ts";
import type { Ctx } from "../../shared/platform/ctx.ts";
import { Problem } from "../../shared/platform/http/problem.ts";
import { type Family, readExposition } from "../shared/monitoring/exposition.ts";
import { postEvents, rawSales, until } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";

const METRICS_TOKEN = "a-token-of-this-test-0123456789";

let platform: Platform;
let ctx: Ctx;
let manager: Person;
beforeAll(async () => {
  platform = await openPlatform({ vars: { MASTER_KEY, METRICS_TOKEN, DEMO_MARKET: "on" } });
  ctx = platformCtx(platform);
  manager = await createPerson(ctx, { role: "manager" });
});
afterAll(() => platform.stop());

const metrics = (headers: Record<string, string>) => fetch(`${platform.url}/metrics`, { headers });

async function exposed(): Promise<Map<string, Family>> {
  const answer = await metrics({ authorization: `Bearer ${METRICS_TOKEN}` });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return readExposition(await answer.text());
}

/** The value of the one series of a family that has these labels. */
function figureOf(families: Map<string, Family>, name: string, labels: Record<string, string> = {}) {
  const base = name.replace(/_(?:bucket|count|sum)$/, "");
  const samples = (families.get(name) ?? families.get(base))?.samples ?? [];
  const found = samples.filter(
    (sample) =>
      sample.name === name &&
      Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  return found.length === 1 ? found[0]?.value : undefined;
}

async function overview(who: Person): Promise<MonitoringOverview> {
  const answer = await fetch(`${platform.url}/api/v1/monitoring/overview`, { headers: who.headers });
  expect(answer.status).toBe(200);
  return MonitoringOverview.parse(await answer.json());
}

const statusOf = ({ components }: MonitoringOverview, kind: string) =>
  components.find((component) => component.kind === kind)?.status;

/** What a stream said so far. */
class Listener {
  readonly overviews: MonitoringOverview[] = [];
  readonly ids: string[] = [];
  text = "";
  ended = false;
  readonly done: Promise<void>;
  readonly #controller = new AbortController();

  constructor(response: Response) {
    this.done = this.#read(response).finally(() => {
      this.ended = true;
    });
  }

  static async open(headers: Record<string, string>): Promise<Listener> {
    const response = await fetch(`${platform.url}/api/v1/monitoring/stream`, { headers });
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    return new Listener(response);
  }

  async #read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    const reader = response.body?.getReader();
    this.#controller.signal.addEventListener("abort", () => void reader?.cancel());
    for (;;) {
      const part = await reader?.read();
      if (part === undefined || part.done) return;
      this.text += decoder.decode(part.value, { stream: true });
      const events = this.text.split("\n\n");
      this.text = events.pop() ?? "";
      for (const event of events) this.#take(event);
    }
  }

  #take(event: string): void {
    const fields = new Map(
      event.split("\n").map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
    );
    if (fields.get("event") !== "overview") return;
    this.overviews.push(MonitoringOverview.parse(JSON.parse(fields.get("data") ?? "")));
    this.ids.push(fields.get("id") ?? "");
  }

  async close(): Promise<void> {
    this.#controller.abort();
    await this.done;
  }
}

describe("/metrics", () => {
  test("counts requests by their routes, and never by what somebody sent", async () => {
    await fetch(`${platform.url}/health`);
    await fetch(`${platform.url}/api/v1/collections/no-such-thing-here`);
    await fetch(`${platform.url}/api/v1/no-such-path`, { method: "PROPFIND" });
    const name = "http_server_request_duration_seconds_count";
    const route = "/api/v1/collections/{slug}";
    const families = await until(
      exposed,
      (found) => (figureOf(found, name, { route, method: "GET", status: "4xx" }) ?? 0) > 0,
    );
    expect(figureOf(families, name, { route: "/health", method: "GET", status: "2xx" })).toBeGreaterThan(0);
    expect(figureOf(families, name, { route: "{unmatched}", method: "OTHER", status: "4xx" })).toBe(1);
    const text = JSON.stringify([...families]);
    expect(text).not.toContain("no-such");
    expect(text).not.toContain("PROPFIND");
  });

  test("says how rooms, queue, providers, webhooks and alerts are", async () => {
    await postEvents(platform, rawSales("measured", "sale", 3));
    const families = await exposed();
    expect(figureOf(families, "xsema_build_info")).toBe(1);
    for (const name of ["connections", "unflushed_events", "flush_lag_seconds", "set_aside_events"])
      expect(figureOf(families, `xsema_${name}`, { kind: "collection" }), name).toBeGreaterThanOrEqual(0);
    expect(figureOf(families, "xsema_webhook_deliveries_pending")).toBe(0);
    expect(figureOf(families, "xsema_alerts_active", { level: "critical" })).toBe(0);
    expect(
      figureOf(families, "xsema_provider_circuit_state", { provider: "simulated", state: "closed" }),
    ).toBe(1);
    expect(figureOf(families, "xsema_component_status", { component: "database", status: "ok" })).toBe(1);
  });

  test.each([
    ["no token", {}],
    ["another token", { authorization: "Bearer a-token-of-this-test-0123456788" }],
    ["part of the token", { authorization: `Bearer ${METRICS_TOKEN.slice(0, -1)}` }],
    ["the token as a password", { authorization: `Basic ${btoa(`metrics:${METRICS_TOKEN}`)}` }],
  ])("is refused with %s", async (_, headers) => {
    const answer = await metrics(headers);
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="metrics"');
    expect(Problem.parse(await answer.json())).toMatchObject({ code: "unauthorized" });
  });

  test("is refused with an access token, whatever its holder may do", async () => {
    const admin = await createPerson(ctx, { role: "super_admin" });
    expect((await metrics(admin.headers)).status).toBe(401);
  });

  test("goes on counting where the object was dropped from memory", async () => {
    const name = "http_server_request_duration_seconds_count";
    const labels = { route: "/health", method: "GET", status: "2xx" };
    await fetch(`${platform.url}/health`);
    const before = await until(
      async () => figureOf(await exposed(), name, labels) ?? 0,
      (count) => count > 0,
    );
    await platform.evict("StatusBoard", "board");
    expect(figureOf(await exposed(), name, labels)).toBeGreaterThanOrEqual(before);
  });
});

describe("the overview", () => {
  test("is for those who may read the state of the platform", async () => {
    const viewer = await createPerson(ctx, { role: "viewer" });
    for (const path of ["overview", "stream"]) {
      const url = `${platform.url}/api/v1/monitoring/${path}`;
      const refused = await fetch(url, { headers: viewer.headers });
      expect(refused.status).toBe(403);
      expect(Problem.parse(await refused.json()).detail).toContain("monitoring:read");
      expect((await fetch(url)).status).toBe(401);
    }
  });

  test("says how each part does, with figures that the ticks sampled", async () => {
    // Rates need two ticks, a few seconds apart.
    await platform.tick();
    await new Promise((resolve) => setTimeout(resolve, 5500));
    await fetch(`${platform.url}/health`);
    await platform.tick();
    const state = await overview(manager);
    expect(Object.fromEntries(state.components.map(({ name, status }) => [name, status]))).toMatchObject({
      ...{ api: "ok", database: "ok", rooms: "ok", simulated: "ok", mail: "ok", webhooks: "ok" },
      ...{ alerts: "ok", hosts: "ok" },
    });
    expect(state.status).toBe("ok");
    for (const { name, since, kind } of state.components)
      if (kind !== "hosts") expect(Date.parse(since ?? ""), name).toBeLessThanOrEqual(Date.now());
    const points = Object.fromEntries((state.series ?? []).map((series) => [series.metric, series.points]));
    expect(points["platform.connections"]?.length).toBe(2);
    expect(Number(points["platform.requests_per_second"]?.at(-1)?.value)).toBeGreaterThan(0);
    expect(points["platform.error_rate"]?.at(-1)?.value).toBe("0");
    const { alerts, hosts } = state;
    expect(alerts?.own.first).toEqual([]);
    expect(hosts).toEqual([]);
  });
});

describe("the stream", () => {
  test("says it at once, and again when the database goes away and comes back", async () => {
    const listener = await Listener.open({ ...manager.headers, "last-event-id": "2026-01-01T00:00:00.000Z" });
    await until(
      () => listener.overviews.length,
      (count) => count > 0,
      { within: 3000 },
    );
    expect(listener.overviews.map((state) => statusOf(state, "database"))).toEqual(["ok"]);
    const before = listener.overviews[0];

    await platform.pauseDatabase();
    const away = await until(
      () => listener.overviews.at(-1),
      (state) => state !== undefined && statusOf(state, "database") === "down",
      { within: 20_000 },
    );
    expect(away).toMatchObject({ status: "down", alerts: null, series: null, hosts: null });
    expect(away?.components.find(({ kind }) => kind === "webhooks")).toMatchObject({ status: "unknown" });
    expect(
      figureOf(await exposed(), "xsema_component_status", { component: "database", status: "down" }),
    ).toBe(1);

    await platform.resumeDatabase();
    const back = await until(
      () => listener.overviews.at(-1),
      (state) => state !== undefined && statusOf(state, "database") === "ok",
      { within: 30_000 },
    );
    const since = (state: MonitoringOverview | undefined) =>
      state?.components.find(({ kind }) => kind === "database")?.since;
    expect(Date.parse(since(back) ?? "")).toBeGreaterThan(Date.parse(since(away) ?? ""));
    expect(Date.parse(since(away) ?? "")).toBeGreaterThan(Date.parse(since(before) ?? ""));
    expect(listener.ids).toEqual(listener.overviews.map(({ as_of }) => as_of));
    await listener.close();
  });

  test("ends with the session that opened it", async () => {
    const person = await createPerson(ctx, { role: "auditor" });
    const listener = await Listener.open(person.headers);
    await until(
      () => listener.overviews.length,
      (count) => count > 0,
    );
    const answer = await fetch(`${platform.url}/api/v1/auth/logout`, {
      method: "POST",
      headers: person.headers,
    });
    expect(answer.ok).toBe(true);
    await until(
      () => listener.ended,
      (ended) => ended,
      { within: 5000 },
    );
  });

  test("ends with the API key that opened it", async () => {
    const send = (method: string, path: string, body?: unknown) =>
      fetch(`${platform.url}/api/v1/api-keys${path}`, {
        method,
        headers: { ...manager.headers, "content-type": "application/json" },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
    const made = await send("POST", "", { name: "wall", scopes: ["monitoring:read"] });
    const { id, key } = z.object({ id: z.string(), key: z.string() }).parse(await made.json());
    const listener = await Listener.open({ "x-api-key": key });
    await until(
      () => listener.overviews.length,
      (count) => count > 0,
    );
    expect((await send("DELETE", `/${id}`)).ok).toBe(true);
    await until(
      () => listener.ended,
      (ended) => ended,
      { within: 5000 },
    );
  });
});
