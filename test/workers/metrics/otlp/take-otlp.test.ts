import { asc, eq, sql } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { metric_samples, metric_series } from "../../../../shared/db/schema/index.ts";
import { canonicalMoney } from "../../../../shared/domain/money.ts";
import type { Somebody } from "../../../support/account-app.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { metricsApp } from "../metrics-app.ts";
import { attributes, hostExport } from "./export.ts";

const PATH = "/otlp/v1/metrics";
const nano = (ms: number) => String(BigInt(ms) * 1_000_000n);

describeOnEachBackend("metrics by OTLP", (backend) => {
  let app: ReturnType<typeof metricsApp>;
  let who: Somebody;
  beforeEach(async () => {
    app = metricsApp(backend);
    who = await app.trader();
  });

  const export_ = async (given: unknown) => {
    const { status, body } = await app.ask(who, "POST", PATH, given);
    return { status, body };
  };
  const TAKEN = { status: 200, body: {} };
  /** One metric of a service. */
  const of = (metric: Record<string, unknown>) => ({
    resourceMetrics: [
      {
        resource: { attributes: attributes({ "service.name": "shop" }) },
        scopeMetrics: [{ scope: { name: "test" }, metrics: [metric] }],
      },
    ],
  });
  async function kept() {
    const rows = await backend.db
      .select({ name: metric_series.name, labels: metric_series.labels, value: metric_samples.value })
      .from(metric_samples)
      .innerJoin(metric_series, eq(metric_series.id, metric_samples.series_id))
      .orderBy(asc(metric_series.name), sql`${metric_series.labels}::text`, asc(metric_samples.at));
    return rows.map(({ name, labels, value }) => [name, labels, canonicalMoney(value)]);
  }

  test("a host's metrics stand under the names that rules and the agent use", async () => {
    const at = app.clock.now - 60_000;
    expect(await export_(hostExport("web-1", at))).toEqual(TAKEN);
    expect(await export_(hostExport("web-1", at + 10_000, at - 3_600_000))).toEqual(TAKEN);
    const host = "web-1";
    expect(await kept()).toEqual([
      // 1 - (0.5 + 0.8) / 2 idle - (0.1 + 0) / 2 waiting
      ["host.cpu_percent", { host }, "30"],
      ["host.cpu_percent", { host }, "30"],
      ["host.disk_percent", { host, mount: "/" }, "25"],
      ["host.disk_percent", { host, mount: "/" }, "25"],
      ["host.load_1m", { host }, "0.57"],
      ["host.load_1m", { host }, "0.57"],
      ["host.memory_percent", { host }, "57"],
      ["host.memory_percent", { host }, "57"],
      ["host.memory_used_bytes", { host }, "4123168604160"],
      ["host.memory_used_bytes", { host }, "4123168604160"],
      // 1000 bytes in 10 seconds; of the first reading nothing is known yet.
      ["host.network_receive_bytes_per_second", { host, interface: "eth0" }, "100"],
      ["host.network_transmit_bytes_per_second", { host, interface: "eth0" }, "0"],
      ["system.memory.usage", { host, state: "free" }, "1000"],
      ["system.memory.usage", { host, state: "free" }, "1000"],
    ]);
  });

  test("the same export again is no error, and changes nothing", async () => {
    const body = hostExport("web-1", app.clock.now - 60_000);
    await export_(body);
    const before = await kept();
    expect(await export_(body)).toEqual(TAKEN);
    expect(await kept()).toEqual(before);
  });

  test("names, labels and numbers are carried over, deltas as rates per second", async () => {
    const now = app.clock.now - 60_000;
    const answer = await export_({
      resourceMetrics: [
        {
          resource: { attributes: attributes({ "service.name": "shop", "host.name": "web-1" }) },
          scopeMetrics: [
            {
              metrics: [
                {
                  name: "HTTP.Server.Active-Requests",
                  gauge: {
                    dataPoints: [
                      {
                        timeUnixNano: nano(now),
                        asInt: "12",
                        attributes: [
                          { key: "http.route", value: { stringValue: "/a" } },
                          { key: "ok", value: { boolValue: true } },
                          { key: "code", value: { intValue: "200" } },
                          { key: "none", value: { stringValue: "" } },
                        ],
                      },
                    ],
                  },
                },
                {
                  name: "requests",
                  sum: {
                    aggregationTemporality: 1,
                    isMonotonic: true,
                    dataPoints: [
                      { startTimeUnixNano: nano(now - 5000), timeUnixNano: nano(now), asDouble: 7.5 },
                    ],
                  },
                },
                // A number where 64 bits should be text, as some senders have it.
                { name: "a.tiny", gauge: { dataPoints: [{ timeUnixNano: now * 1e6, asDouble: 1.5e-7 }] } },
              ],
            },
          ],
        },
      ],
    });
    expect(answer).toEqual(TAKEN);
    const labels = { host: "web-1", service: "shop" };
    expect(await kept()).toEqual([
      ["a.tiny", labels, "0.00000015"],
      ["http.server.active_requests", { ...labels, code: "200", http_route: "/a", ok: "true" }, "12"],
      ["requests", labels, "1.5"],
    ]);
  });

  test("what is not taken is counted and named, and the rest goes in", async () => {
    const timeUnixNano = nano(app.clock.now - 1000);
    const point = { timeUnixNano, asInt: "1" };
    const { status, body } = await export_({
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                { name: "a.good", gauge: { dataPoints: [point, { timeUnixNano, flags: 1 }] } },
                { name: "a.latency", histogram: { dataPoints: [{ count: "3" }, { count: "4" }] } },
                { name: "a.nan", gauge: { dataPoints: [{ timeUnixNano, asDouble: "NaN" }] } },
                { name: "a.timeless", gauge: { dataPoints: [{ asInt: "1" }] } },
                { name: "a.delta", sum: { aggregationTemporality: 1, dataPoints: [point] } },
                { name: "a.odd", sum: { aggregationTemporality: 0, dataPoints: [point] } },
                {
                  name: "a.old",
                  gauge: { dataPoints: [{ timeUnixNano: "1544712660300000000", asInt: "1" }] },
                },
                { name: "market.floor", gauge: { dataPoints: [point] } },
                {
                  name: "system.memory.utilization",
                  gauge: { dataPoints: [{ timeUnixNano, asDouble: 0.5 }] },
                },
              ],
            },
          ],
        },
      ],
    });
    expect(status).toBe(200);
    const { rejectedDataPoints, errorMessage } = Object(body.partialSuccess);
    expect(rejectedDataPoints).toBe("9");
    for (const part of [
      /a\.latency \(2\): aggregationTemporality must be/,
      /a\.nan \(1\): is not a finite number/,
      /a\.timeless \(1\): has no timeUnixNano/,
      /a\.delta \(1\): is a delta without an interval/,
      /a\.odd \(1\): aggregationTemporality must be/,
      /late \(1\): older than/,
      /market\.floor \(1\): \/name must not begin/,
      /system\.memory\.utilization \(1\): \/labels\/host is missing/,
    ])
      expect(errorMessage).toMatch(part);
    expect(await kept()).toEqual([["a.good", {}, "1"]]);
  });

  test("one that is wrong loses no other, and what is left out has protobuf's default", async () => {
    const timeUnixNano = nano(app.clock.now - 1000);
    const point = { timeUnixNano, asInt: "1" };
    const gauge = (name: unknown, more: object = {}) => ({
      name,
      gauge: { dataPoints: [{ ...point, ...more }] },
    });
    const { status, body } = await export_({
      resourceMetrics: [
        {
          resource: {
            attributes: [{}, { value: { stringValue: "x" } }, ...attributes({ "service.name": "s" })],
          },
          scopeMetrics: [
            {
              metrics: [
                gauge("a.good", { attributes: [{}] }),
                gauge(undefined),
                gauge(5),
                { name: "a.shape", gauge: "none" },
                { name: "a.sum", sum: { dataPoints: [point, point] } },
                gauge("a.hex", { asInt: null, asDouble: "0x10" }),
                gauge("a.blank", { asInt: null, asDouble: " 5" }),
                gauge("a.keyless", { attributes: [{ value: { stringValue: "x" } }] }),
                gauge("a.small", { asInt: null, asDouble: "1.5e-3" }),
                "no metric",
              ],
            },
            "no scope",
          ],
        },
        { scopeMetrics: {} },
        { scopeMetrics: [{ metrics: [gauge("a.other")] }] },
      ],
    });
    expect(status).toBe(200);
    const { rejectedDataPoints, errorMessage } = Object(body.partialSuccess);
    expect(rejectedDataPoints).toBe("11");
    for (const part of [
      "(no name) (1): has no name",
      "a.shape (1)",
      "a.sum (2): aggregationTemporality",
      "has no key",
    ])
      expect(errorMessage).toContain(part);
    expect(await kept()).toEqual([
      ["a.good", { service: "s" }, "1"],
      ["a.other", {}, "1"],
      ["a.small", { service: "s" }, "0.0015"],
    ]);
  });

  test("utilization without idle time is kept as it came, for nobody knows what is missing", async () => {
    const timeUnixNano = nano(app.clock.now - 1000);
    const point = { timeUnixNano, asDouble: 0.5, attributes: attributes({ "cpu.mode": "user" }) };
    await export_(of({ name: "system.cpu.utilization", gauge: { dataPoints: [point] } }));
    expect(await kept()).toEqual([["system.cpu.utilization", { cpu_mode: "user", service: "shop" }, "0.5"]]);
  });

  test("gzip is read, another type is told what to send, and what is no export is refused", async () => {
    const body = JSON.stringify(hostExport("web-1", app.clock.now - 1000));
    const gzip = new Blob([body]).stream().pipeThrough(new CompressionStream("gzip"));
    expect(await app.post(who, PATH, gzip, { "content-encoding": "gzip" })).toMatchObject({
      status: 200,
      text: "{}",
    });
    expect(await app.post(who, PATH, body, { "content-type": "text/plain" })).toMatchObject({
      status: 415,
      text: expect.stringContaining("application/x-protobuf"),
    });
    const refused = { code: 3, message: expect.stringContaining("/resourceMetrics") };
    expect(await export_({ resourceMetrics: 1 })).toEqual({ status: 422, body: refused });
    expect(await export_({})).toEqual(TAKEN);
  });

  test.each(["__proto__", "constructor", "toString"])(
    "a metric called %s is one like any other",
    async (name) => {
      const at = nano(app.clock.now);
      expect(await export_(of({ name, gauge: { dataPoints: [{ timeUnixNano: at, asInt: "3" }] } }))).toEqual(
        TAKEN,
      );
      expect(await kept()).toEqual([[name.toLowerCase(), { service: "shop" }, "3"]]);
    },
  );

  test("an attribute that no label can be called is told, and two series never become one", async () => {
    const at = nano(app.clock.now);
    const point = (key: string, n: number) => ({
      timeUnixNano: at,
      asInt: n,
      attributes: [{ key, value: { stringValue: "a" } }],
    });
    const dataPoints = [point("__proto__", 1), point("constructor", 2)];
    expect(await export_(of({ name: "shop.queue", gauge: { dataPoints } }))).toMatchObject({
      body: {
        partialSuccess: { rejectedDataPoints: "1", errorMessage: expect.stringContaining("__proto__") },
      },
    });
    expect(await kept()).toEqual([["shop.queue", { service: "shop", constructor: "a" }, "2"]]);
  });
});
