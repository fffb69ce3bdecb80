import { and, asc, eq, sql } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { isoOfTimestamp } from "../../../shared/db/instant.ts";
import { alert_rules, metric_samples, metric_series } from "../../../shared/db/schema/index.ts";
import { canonicalMoney } from "../../../shared/domain/money.ts";
import { pushSamples } from "../../../shared/metrics/push-samples.ts";
import type { Somebody } from "../../support/account-app.ts";
import { describeOnEachBackend } from "../../support/each-backend.ts";
import { metricsApp } from "./metrics-app.ts";

describeOnEachBackend("pushing readings", (backend) => {
  let app: ReturnType<typeof metricsApp>;
  let who: Somebody;
  beforeEach(async () => {
    app = metricsApp(backend);
    who = await app.trader();
  });

  const cpu = (value: unknown, at: string, more = {}) => ({
    name: "host.cpu_percent",
    labels: { host: "web-1" },
    value,
    at,
    ...more,
  });
  const orders = (value: unknown, at: string) => ({ name: "shop.orders", value, at, type: "counter" });

  /** What is kept of a metric, oldest first. */
  async function kept(name: string, user = who) {
    const rows = await backend.db
      .select({ at: metric_samples.at, value: metric_samples.value })
      .from(metric_samples)
      .innerJoin(metric_series, eq(metric_series.id, metric_samples.series_id))
      .where(and(eq(metric_series.name, name), eq(metric_series.user_id, user.id)))
      .orderBy(asc(metric_samples.at));
    return rows.map(({ at, value }) => [isoOfTimestamp(at), canonicalMoney(value)]);
  }
  const seriesOf = (user = who) =>
    backend.db
      .select()
      .from(metric_series)
      .where(and(eq(metric_series.user_id, user.id), sql`name not like 'xsema.%'`))
      .orderBy(metric_series.name);

  test("each sample is judged by itself, and what is refused says why and where", async () => {
    const answer = await app.push(who, [
      cpu(12.5, app.ago(10)),
      cpu("abc", app.ago(9)),
      { name: "market.floor", value: 1 },
      cpu(1, app.ago(-400)),
      { name: "host.cpu_percent", value: 1 },
      { ...cpu(1, app.ago(1)), units: "percent" },
      orders(-1, app.ago(1)),
      cpu(1, app.ago(8 * 86_400)),
      cpu(13, app.ago(10)),
      null,
      { name: "No-Name", value: 1 },
    ]);
    const why = answer.rejected.map(({ index, errors }) => [index, errors[0]?.pointer, errors[0]?.message]);
    expect(answer).toMatchObject({ accepted: 1, duplicate: 1, late: 1 });
    expect(why).toEqual([
      [1, "/value", expect.stringContaining("decimal string")],
      [2, "/name", expect.stringContaining('must not begin with "market."')],
      [3, "/at", expect.stringContaining("5 minutes ahead")],
      [4, "/labels/host", expect.stringContaining("is missing")],
      [5, "/units", expect.any(String)],
      [6, "/value", expect.stringContaining("must not be negative")],
      [9, "", expect.any(String)],
      [10, "/name", expect.stringContaining("lower-case words")],
    ]);
    expect(await kept("host.cpu_percent")).toEqual([[expect.any(String), "12.5"]]);
  });

  test("labels in any order are one series, found by its host", async () => {
    const at = app.ago(10);
    await app.push(who, [
      { name: "host.disk_percent", labels: { mount: "/", host: "a" }, value: 1, at },
      { name: "host.disk_percent", labels: { host: "a", mount: "/" }, value: 2, at: app.ago(5) },
      { name: "shop.queue", labels: { region: "eu" }, value: 1, at },
    ]);
    expect((await seriesOf()).map(({ name, labels, subject }) => ({ name, labels, subject }))).toEqual([
      { name: "host.disk_percent", labels: { host: "a", mount: "/" }, subject: "a" },
      { name: "shop.queue", labels: { region: "eu" }, subject: "" },
    ]);
  });

  test("the same push again changes nothing, counters included", async () => {
    const samples = [
      cpu(1, app.ago(20)),
      cpu(2, app.ago(10)),
      orders(100, app.ago(20)),
      orders(110, app.ago(15)),
      orders(150, app.ago(10)),
    ];
    expect(await app.push(who, samples)).toMatchObject({ accepted: 5, duplicate: 0, late: 0 });
    const before = [await kept("host.cpu_percent"), await kept("shop.orders")];
    expect(before[1]).toEqual([
      [expect.any(String), "2"],
      [expect.any(String), "8"],
    ]);
    // The first reading of the counter made no row, so nothing tells that it was there.
    expect(await app.push(who, samples)).toMatchObject({ accepted: 0, duplicate: 4, late: 1 });
    expect([await kept("host.cpu_percent"), await kept("shop.orders")]).toEqual(before);
  });

  test("a counter that starts anew is counted from 0, a late one is dropped, a late gauge is history", async () => {
    const times = [app.ago(40), app.ago(30), app.ago(25), app.ago(20)] as const;
    await app.push(who, [orders(1000, times[0]), orders(1100, times[1])]);
    expect(await app.push(who, [orders(50, times[3])])).toMatchObject({ accepted: 1 });
    expect(await app.push(who, [orders(1150, times[2])])).toMatchObject({ accepted: 0, late: 1 });
    expect(await kept("shop.orders")).toEqual([
      [times[1], "10"],
      [times[3], "5"],
    ]);
    await app.push(who, [cpu(5, times[3])]);
    expect(await app.push(who, [cpu(4, times[2])])).toMatchObject({ accepted: 1, late: 0 });
    expect(await kept("host.cpu_percent")).toHaveLength(2);
    const [, newest] = [...(await seriesOf())].reverse();
    expect(newest).toMatchObject({ name: "host.cpu_percent" });
    expect(isoOfTimestamp(newest?.last_at ?? "")).toBe(times[3]);
  });

  test("a series is a gauge or a counter, as it was first sent", async () => {
    await app.push(who, [orders(1, app.ago(20))]);
    const { accepted, rejected } = await app.push(who, [{ name: "shop.orders", value: 5, at: app.ago(10) }]);
    expect({ accepted, rejected }).toEqual({
      accepted: 0,
      rejected: [
        { index: 0, errors: [{ pointer: "/type", message: expect.stringContaining('must be "counter"') }] },
      ],
    });
  });

  test("pushes at once make one series, and count a counter's growth once", async () => {
    const at = [app.ago(50), app.ago(40), app.ago(30), app.ago(20), app.ago(10)];
    const samples = at.flatMap((time, i) => [orders(100 * i, time), cpu(i, time)]);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => pushSamples(app.ctx, who.id, [...samples])),
    );
    const accepted = answers.reduce((sum, answer) => sum + answer.accepted, 0);
    expect(accepted).toBe(10);
    expect((await seriesOf()).map(({ name }) => name)).toEqual(["host.cpu_percent", "shop.orders"]);
    expect((await kept("shop.orders")).map(([, value]) => value)).toEqual(["10", "10", "10", "10"]);
    expect(await kept("host.cpu_percent")).toHaveLength(5);
  });

  test("series are limited by the plan, also by pushes at once; those there are go on", async () => {
    const some = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        name: "shop.stock",
        labels: { item: String(from + i) },
        value: 1,
        at: app.ago(100 - i / 10),
      }));
    expect(await app.push(who, some(0, 490))).toMatchObject({ accepted: 490, rejected: [] });
    const answers = await Promise.all([
      pushSamples(app.ctx, who.id, some(1000, 10)),
      pushSamples(app.ctx, who.id, some(2000, 10)),
    ]);
    expect(answers.map(({ accepted }) => accepted).sort()).toEqual([0, 10]);
    expect(answers.flatMap(({ rejected }) => rejected)[0]?.errors[0]?.message).toMatch(
      /your plan \(free\) has room for 500.*premium has room for 5000/,
    );
    expect(await seriesOf()).toHaveLength(500);
    const known = { name: "shop.stock", labels: { item: "0" }, value: 2, at: app.ago(1) };
    expect(await app.push(who, [...some(3000, 1), known])).toMatchObject({
      accepted: 1,
      rejected: [{ index: 0 }],
    });
    const premium = await app.trader({ plan: "premium" });
    expect(await app.push(premium, some(0, 600))).toMatchObject({ accepted: 600, rejected: [] });
  });

  test("the first reading of a host brings two rules, once: who deletes them does not get them again", async () => {
    await app.push(who, [{ name: "shop.stock", value: 1 }]);
    const rules = () => backend.db.select().from(alert_rules).orderBy(alert_rules.metric);
    expect(await rules()).toEqual([]);
    await Promise.all([
      pushSamples(app.ctx, who.id, [cpu(1, app.ago(10))]),
      pushSamples(app.ctx, who.id, [cpu(1, app.ago(9), { labels: { host: "web-2" } })]),
    ]);
    expect(await rules()).toMatchObject([
      {
        user_id: who.id,
        metric: "host.cpu_percent",
        subject: "*",
        built_in: "host_cpu",
        enabled: true,
        fields: { operator: ">", threshold: "80", for: "1m", level: "warning", labels: {} },
      },
      { metric: "host.memory_percent", built_in: "host_memory", fields: { threshold: "85" } },
    ]);
    await backend.db.delete(alert_rules);
    await app.push(who, [cpu(1, app.ago(5), { labels: { host: "web-3" } })]);
    expect(await rules()).toEqual([]);
  });

  test("the user's engine is woken where a rule looks at what came, and not otherwise", async () => {
    const work: Promise<unknown>[] = [];
    Object.assign(app.ctx, { later: (promise: Promise<unknown>) => void work.push(promise) });
    await app.push(who, [{ name: "shop.stock", value: 1 }]);
    await Promise.all(work);
    expect(app.woken).toEqual([]);
    const at = app.ago(1);
    await app.push(who, [cpu(99, at)]);
    await Promise.all(work);
    expect(app.woken).toEqual([`user:${who.id}`]);
    // Nothing new came.
    await app.push(who, [cpu(99, at)]);
    await Promise.all(work);
    expect(app.woken).toEqual([`user:${who.id}`]);
  });

  test("5,000 samples go in at once; one more is too many", async () => {
    const at = app.ago(30_000);
    const many = Array.from({ length: 5001 }, (_, i) => ({
      name: "a.b",
      labels: { n: String(i % 100) },
      value: i,
      at: new Date(Date.parse(at) + i * 1000).toISOString(),
    }));
    expect(await app.push(who, many.slice(0, 5000))).toMatchObject({ accepted: 5000, rejected: [] });
    expect(await app.ask(who, "POST", "/metrics/push", { samples: many })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: "/samples", message: expect.stringContaining("at most 5000") }] },
    });
  });

  test("nobody sees or changes another's series of the same name and labels", async () => {
    const other = await app.trader();
    const at = app.ago(10);
    await app.push(who, [cpu(1, at)]);
    expect(await app.push(other, [cpu(2, at)])).toMatchObject({ accepted: 1, duplicate: 0 });
    expect(await kept("host.cpu_percent")).toEqual([[at, "1"]]);
    expect(await kept("host.cpu_percent", other)).toEqual([[at, "2"]]);
  });

  test("an integer that a float does not hold is kept to the last digit", async () => {
    const at = app.ago(5);
    const body = `{"samples":[{"name":"a.b","value":9007199254740993,"at":"${at}"}]}`;
    expect(await app.post(who, "/metrics/push", body, {})).toMatchObject({ status: 200 });
    expect(await kept("a.b")).toEqual([[at, "9007199254740993"]]);
  });

  test("a body may be gzipped, and what it inflates to is bounded", async () => {
    const gzip = (text: string) => new Blob([text]).stream().pipeThrough(new CompressionStream("gzip"));
    const send = (body: BodyInit, encoding: string) =>
      app.post(who, "/metrics/push", body, { "content-encoding": encoding });
    const good = JSON.stringify({ samples: [cpu(1, app.ago(3))] });
    expect(await send(gzip(good), "gzip")).toMatchObject({ status: 200 });
    const bomb = await send(gzip(" ".repeat(3_000_000)), "gzip");
    expect(bomb).toMatchObject({ status: 413, text: expect.stringContaining("inflates") });
    expect(await send(good, "gzip")).toMatchObject({ status: 400, text: expect.stringContaining("gzip") });
    expect(await send(good, "br")).toMatchObject({ status: 415, text: expect.stringContaining("gzip") });
  });

  test("what Prometheus scrapes is taken as text, line by line", async () => {
    const at = app.clock.now;
    const text = [
      "# TYPE http_requests_total counter",
      `http_requests_total{code="200"} 100 ${at - 20_000}`,
      `http_requests_total{code="200"} 150 ${at - 10_000}`,
      "# TYPE temp_celsius gauge",
      "temp_celsius 0x10",
      "temp_celsius 21.5",
      "market 1",
      "gone NaN",
    ].join("\n");
    const send = (body: BodyInit, type: string, more = {}) =>
      app.post(who, "/metrics/push", body, { "content-type": type, ...more });
    const { status, text: said } = await send(text, "text/plain; version=0.0.4; charset=utf-8");
    expect(status).toBe(200);
    expect(JSON.parse(said)).toEqual({
      accepted: 3,
      duplicate: 0,
      late: 0,
      rejected: [
        { index: 5, errors: [{ pointer: "", message: expect.stringContaining("no value in decimals") }] },
        { index: 7, errors: [{ pointer: "/name", message: expect.stringContaining("must not begin") }] },
      ],
    });
    expect(await kept("http_requests_total")).toEqual([[app.ago(10), "5"]]);
    expect(await seriesOf()).toMatchObject([
      { name: "http_requests_total", labels: { code: "200" }, counter: true, unit: null },
      { name: "temp_celsius", counter: false, unit: "celsius" },
    ]);
    const gzip = new Blob(["a 1\n# EOF\n"]).stream().pipeThrough(new CompressionStream("gzip"));
    const openmetrics = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    expect(await send(gzip, openmetrics, { "content-encoding": "gzip" })).toMatchObject({ status: 200 });
    expect(await send("a 1\n", openmetrics)).toMatchObject({
      status: 400,
      text: expect.stringContaining("cut off"),
    });
    expect(await send("a 1\n", "text/html")).toMatchObject({ status: 415 });
    expect(await send("a 1\n".repeat(600_000), "text/plain")).toMatchObject({ status: 413 });
  });

  test("a unit is kept as the newest reading that names one has it", async () => {
    const queue = (ago: number, unit?: string) => ({ name: "queue", value: 1, at: app.ago(ago), unit });
    await app.push(who, [queue(30), queue(20, "{job}"), queue(10)]);
    expect(await seriesOf()).toMatchObject([{ unit: "{job}" }]);
    await app.push(who, [queue(5, "s")]);
    expect(await seriesOf()).toMatchObject([{ unit: "s" }]);
    const { body } = await app.ask(who, "GET", "/metrics/catalogue");
    expect(Object(body).data).toContainEqual(
      expect.objectContaining({ name: "queue", unit: "seconds", sent_unit: "s" }),
    );
  });

  test("who may not push is refused", async () => {
    const viewer = await app.enter("viewer");
    expect(await app.ask(viewer, "POST", "/metrics/push", { samples: [] })).toMatchObject({ status: 403 });
  });
});
