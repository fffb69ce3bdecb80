import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import {
  AggregationTemporality,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Platform } from "../../scripts/local/platform.ts";
import { ManyMetricSeries, MetricSeries } from "../../shared/contracts/metrics.ts";
import { until } from "../support/api.ts";
import { createPerson, MASTER_KEY, type Person, platformCtx } from "../support/people.ts";
import { openPlatform } from "../support/platform.ts";
import { hostExport } from "../workers/metrics/otlp/export.ts";

const Series = z.object({
  data: z.array(
    z.object({
      metric: z.string(),
      labels: z.record(z.string(), z.string()),
      value: z.string().nullable(),
      last_at: z.string().nullable(),
    }),
  ),
});

let platform: Platform;
let folder: string;
let person: Person;
let key: string;
let agent: ChildProcess | undefined;
let said = "";

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: { ...person.headers, ...(body !== undefined && { "content-type": "application/json" }) },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} was answered with ${answer.status}: ${text}`);
  return JSON.parse(text);
}
const seriesOf = async (query: string) => Series.parse(await ask("GET", `/metrics/series?${query}`)).data;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "agent-"));
  platform = await openPlatform({ vars: { MASTER_KEY } });
  person = await createPerson(platformCtx(platform));
  const made = await ask("POST", "/api-keys", { name: "agent", scopes: ["metrics:push"] });
  key = z.object({ key: z.string() }).parse(made).key;
  writeFileSync(join(folder, "key"), key);
});
afterAll(async () => {
  agent?.kill("SIGKILL");
  await platform?.stop();
  rmSync(folder, { recursive: true });
});

test("the agent's readings can be queried, and bring the rules on CPU and memory", async () => {
  const args = [
    "--url",
    platform.url,
    "--key-file",
    join(folder, "key"),
    "--host",
    "here",
    "--interval",
    "1",
  ];
  agent = spawn(process.execPath, ["scripts/agent.mjs", ...args]);
  agent.stderr?.on("data", (part) => {
    said += part;
  });
  const since = new Date(Date.now() - 60_000).toISOString();
  const query = `/metrics/query?metric=host.cpu_percent&host=here&from=${since}&step=1s`;
  await until(
    () => seriesOf("host=here"),
    (found) => found.some(({ metric }) => metric === "host.memory_percent"),
  );
  const known = async () => {
    const { points } = MetricSeries.parse(await ask("GET", query));
    return points.flatMap(({ value }) => (value === null ? [] : [Number(value)]));
  };
  const values = await until(known, ({ length }) => length >= 3);
  for (const value of values) expect(value).toBeLessThanOrEqual(100);
  agent.kill("SIGTERM");
  expect(await once(agent, "exit")).toEqual([0, null]);
  expect(said).toBe("");
  const rules = z.object({ data: z.array(z.object({ metric: z.string(), built_in: z.boolean() })) });
  const { data } = rules.parse(await ask("GET", "/alert-rules"));
  expect(data.map(({ metric, built_in }) => [metric, built_in]).sort()).toEqual([
    ["host.cpu_percent", true],
    ["host.memory_percent", true],
  ]);
});

test("a Collector's gzipped export is taken with the same key, which may read nothing", async () => {
  const answer = await fetch(`${platform.url}/api/v1/otlp/v1/metrics`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-encoding": "gzip",
    },
    body: gzipSync(JSON.stringify(hostExport("collected", Date.now() - 1000))),
  });
  expect({ status: answer.status, body: await answer.json() }).toEqual({ status: 200, body: {} });
  expect(await seriesOf("host=collected&metric=host.cpu_percent")).toMatchObject([{ value: "30" }]);
  const refused = await fetch(`${platform.url}/api/v1/metrics/series`, {
    headers: { authorization: `Bearer ${key}` },
  });
  expect(refused.status).toBe(403);
});

test("an SDK of OpenTelemetry exports what it measures, as protobuf", async () => {
  const begun = Date.now();
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter({
      url: `${platform.url}/api/v1/otlp/v1/metrics`,
      headers: { authorization: `Bearer ${key}` },
      temporalityPreference: AggregationTemporality.DELTA,
    }),
    exportIntervalMillis: 3_600_000,
  });
  const provider = new MeterProvider({ readers: [reader] });
  const meter = provider.getMeter("test");
  meter.createCounter("sdk.requests", { unit: "{request}" }).add(5, { route: "/a" });
  meter.createUpDownCounter("sdk_queue").add(-3);
  meter.createGauge("sdk.size", { unit: "By" }).record(2048.5);
  const latency = meter.createHistogram("sdk.latency", { unit: "ms" });
  for (let ms = 1; ms <= 100; ms += 1) latency.record(ms);
  // A delta is counted by the length of its interval, which this clock measures in whole milliseconds.
  await until(
    async () => Date.now(),
    (now) => now > begun + 2,
  );
  await provider.shutdown();
  const found = (await seriesOf("limit=500")).filter(({ metric }) => metric.startsWith("sdk"));
  const values = Object.fromEntries(found.map(({ metric, value }) => [metric, value]));
  expect(Object.keys(values).toSorted()).toEqual([
    "sdk.latency.count",
    "sdk.latency.p50",
    "sdk.latency.p95",
    "sdk.latency.p99",
    "sdk.latency.sum",
    "sdk.requests",
    "sdk.size",
    "sdk_queue",
  ]);
  expect(values).toMatchObject({ "sdk.size": "2048.5", sdk_queue: "-3", "sdk.latency.p50": "50" });
  const query = "/metrics/query?metric=sdk.size&many=true";
  expect(ManyMetricSeries.parse(await ask("GET", query)).data).toMatchObject([{ unit: "bytes" }]);
});

test("a body that inflates without end is refused", async () => {
  const answer = await fetch(`${platform.url}/api/v1/metrics/push`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "content-type": "application/json",
      "content-encoding": "gzip",
    },
    body: gzipSync(Buffer.alloc(50_000_000, " ")),
  });
  expect(answer.status).toBe(413);
});
