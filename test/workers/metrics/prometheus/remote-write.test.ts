import { asc, eq, sql } from "drizzle-orm";
import { compress } from "snappyjs";
import { beforeEach, describe, expect, test } from "vitest";
import { metric_samples, metric_series } from "../../../../shared/db/schema/index.ts";
import { canonicalMoney } from "../../../../shared/domain/money.ts";
import type { Somebody } from "../../../support/account-app.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { metricsApp } from "../metrics-app.ts";
import { bytes, double, inner, message, packed, packedZigzag, text, varint, zigzag } from "../wire.ts";

const PATH = "/metrics/remote-write";
const V1 = "application/x-protobuf";
const V2 = "application/x-protobuf;proto=io.prometheus.write.v2.Request";
const RUBBISH = new Uint8Array([0xff, 0xff, 0xff]);
type Field = ReturnType<typeof text>;

describeOnEachBackend("remote-write of Prometheus", (backend) => {
  let app: ReturnType<typeof metricsApp>;
  let who: Somebody;
  beforeEach(async () => {
    app = metricsApp(backend);
    who = await app.trader();
  });

  const sample = (value: number, seconds_ago: number): Field =>
    inner(2, double(1, value), varint(2, app.clock.now - seconds_ago * 1000));
  async function write(
    body: Uint8Array<ArrayBuffer>,
    type = V1,
    more: Record<string, string> = {},
    packing = compress,
  ) {
    const headers = {
      "content-type": type,
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": type === V2 ? "2.0.0" : "0.1.0",
      ...more,
    };
    const { status, text: said, headers: given } = await app.post(who, PATH, packing(body), headers);
    return { status, said, written: given.get("x-prometheus-remote-write-samples-written"), headers: given };
  }
  async function kept() {
    const rows = await backend.db
      .select()
      .from(metric_samples)
      .innerJoin(metric_series, eq(metric_series.id, metric_samples.series_id))
      .orderBy(asc(metric_series.name), sql`${metric_series.labels}::text`, asc(metric_samples.at));
    return rows.map(({ metric_series: { name, labels, unit }, metric_samples: { value } }) => [
      name,
      labels,
      unit,
      canonicalMoney(value),
    ]);
  }

  const v1 = (labels: Record<string, string>, ...fields: Field[]): Field =>
    inner(
      1,
      ...Object.entries(labels).map(([name, value]) => inner(1, text(1, name), text(2, value))),
      ...fields,
    );

  test("1.0: samples are kept under Prometheus' names, counters by the second, and 204 says so", async () => {
    const labels = { instance: "web-1:9100", job: "node" };
    const body = message(
      v1({ __name__: "node_load1", ...labels }, sample(0.5, 30), sample(0.75, 20)),
      v1({ __name__: "node_cpu_seconds_total", ...labels }, sample(100, 30), sample(105, 20)),
      v1({ __name__: "job:Rate:sum5m", ...labels }, sample(3, 20)),
    );
    expect(await write(body)).toMatchObject({ status: 204, said: "", written: null });
    const expected = [
      ["job:rate:sum5m", labels, null, "3"],
      ["node_cpu_seconds_total", labels, "seconds", "0.5"],
      ["node_load1", labels, null, "0.5"],
      ["node_load1", labels, null, "0.75"],
    ];
    expect(await kept()).toEqual(expected);
    // Sent again, since the answer was lost.
    await write(message(v1({ __name__: "node_load1", ...labels }, sample(0.5, 30), sample(0.75, 20))));
    expect(await kept()).toEqual(expected);
  });

  /** The table of texts of a request of 2.0, and series that refer to it. */
  function v2(series: { labels: Record<string, string>; type?: number; unit?: string; fields: Field[] }[]) {
    const symbols = [""];
    const place = (symbol: string) => {
      if (!symbols.includes(symbol)) symbols.push(symbol);
      return symbols.indexOf(symbol);
    };
    const written = series.map(({ labels, type = 0, unit = "", fields }) =>
      inner(
        5,
        packed(
          1,
          Object.entries(labels).flatMap(([name, value]) => [place(name), place(value)]),
        ),
        ...fields,
        inner(5, varint(1, type), varint(4, place(unit))),
      ),
    );
    return message(...symbols.map((symbol) => text(4, symbol)), ...written);
  }

  test("2.0: texts stand in a table, families say types and units, and the answer counts what is kept", async () => {
    const body = v2([
      { labels: { __name__: "temp", room: "a" }, type: 2, unit: "celsius", fields: [sample(21.5, 20)] },
      { labels: { __name__: "hits", room: "a" }, type: 1, fields: [sample(10, 30), sample(30, 20)] },
    ]);
    const answer = await write(body, V2);
    expect(answer).toMatchObject({ status: 204, written: "3" });
    expect(answer.headers.get("x-prometheus-remote-write-histograms-written")).toBe("0");
    expect(answer.headers.get("x-prometheus-remote-write-exemplars-written")).toBe("0");
    expect(await kept()).toEqual([
      ["hits", { room: "a" }, null, "2"],
      ["temp", { room: "a" }, "celsius", "21.5"],
    ]);
  });

  test("what is not taken is named with 400, which is not sent again, and the rest is kept", async () => {
    const series = (name: string, type: number, ...fields: Field[]) => ({
      labels: { __name__: name },
      type,
      fields,
    });
    await write(v2([series("jobs_total", 1, sample(10, 10))]), V2);
    const body = v2([
      series("jobs_total", 1, sample(5, 20), sample(12, 5)),
      series("native", 3, inner(3, varint(1, 4), zigzag(4, 9), varint(15, app.clock.now))),
      series("huge", 2, sample(Number.POSITIVE_INFINITY, 5)),
      series("market.floor", 2, sample(1, 5)),
      series("", 2, sample(1, 5)),
      series("good", 2, sample(1, 5)),
    ]);
    const answer = await write(body, V2);
    expect(answer).toMatchObject({ status: 400, written: "2" });
    for (const part of [
      "out of order",
      "native: has the schema 9",
      "not a finite number",
      "market",
      "has no name",
    ])
      expect(answer.said).toContain(part);
    expect((await kept()).map(([name, , , value]) => [name, value])).toEqual([
      ["good", "1"],
      ["jobs_total", "0.4"],
    ]);
  });

  describe("native histograms", () => {
    const LABELS = { __name__: "latency", job: "api" };
    const span = (number: number, offset: number, length: number) =>
      inner(number, zigzag(1, offset), varint(2, length));
    /** Of base 2: counts of (1, 2], (2, 4], then, two buckets later, (16, 32]. */
    const histogram = (ago: number, sum: number, [a, b, c]: [number, number, number], ...more: Field[]) =>
      inner(
        3,
        varint(1, a + b + c),
        double(3, sum),
        span(11, 1, 2),
        span(11, 2, 1),
        packedZigzag(12, [a, b - a, c - b]),
        varint(15, app.clock.now - ago * 1000),
        ...more,
      );
    const send = (...fields: Field[]) =>
      write(v2([{ labels: LABELS, type: 3, unit: "seconds", fields }]), V2);
    const values = async () => (await kept()).map(([name, , unit, value]) => [name, unit, value]);

    test("are kept as count and sum by the second, and as quantiles of what grew between two", async () => {
      const first = await send(histogram(30, 10, [5, 5, 0]));
      expect(first).toMatchObject({ status: 204, written: "0" });
      expect(first.headers.get("x-prometheus-remote-write-histograms-written")).toBe("1");
      await send(histogram(20, 110, [5, 9, 4]));
      const expected = [
        ["latency.count", null, "0.8"],
        ["latency.p50", "seconds", "4"],
        ["latency.p95", "seconds", "30.4"],
        ["latency.p99", "seconds", "31.68"],
        ["latency.sum", "seconds", "10"],
      ];
      expect(await values()).toEqual(expected);
      // Sent again, since the answer was lost.
      expect(await send(histogram(20, 110, [5, 9, 4]))).toMatchObject({ status: 204 });
      expect(await values()).toEqual(expected);
      // The process was started anew: what it has counted since is all of the interval.
      await send(histogram(10, 12, [0, 4, 0], varint(14, 1)));
      expect((await values()).filter(([name]) => name === "latency.p50").map(([, , value]) => value)).toEqual(
        ["4", "3"],
      );
    });

    test("that are gauges are levels, and those with bounds of their own are read by them", async () => {
      await send(histogram(20, 30, [2, 2, 0], varint(14, 3)));
      expect(await values()).toEqual([
        ["latency.count", null, "4"],
        ["latency.p50", "seconds", "2"],
        ["latency.p95", "seconds", "3.8"],
        ["latency.p99", "seconds", "3.96"],
        ["latency.sum", "seconds", "30"],
      ]);
      const custom = (ago: number, n: number) =>
        inner(
          3,
          varint(1, n),
          double(3, n),
          zigzag(4, -53),
          span(11, 1, 1),
          packedZigzag(12, [n]),
          double(16, 10),
          double(16, 20),
          varint(15, app.clock.now - ago * 1000),
        );
      await write(v2([{ labels: { __name__: "size" }, fields: [custom(30, 1), custom(20, 5)] }]), V2);
      expect((await values()).filter(([name]) => name === "size.p50")).toEqual([["size.p50", null, "15"]]);
    });

    test("have the unit that their name ends with, where none is sent", async () => {
      const fields = [histogram(30, 10, [5, 5, 0]), histogram(20, 110, [5, 9, 4])];
      await write(v2([{ labels: { __name__: "latency_seconds" }, type: 3, fields }]), V2);
      const units = (await kept()).map(([name, , unit]) => [name, unit]);
      expect(Object.fromEntries(units)).toEqual({
        "latency_seconds.count": null,
        "latency_seconds.sum": "seconds",
        "latency_seconds.p50": "seconds",
        "latency_seconds.p95": "seconds",
        "latency_seconds.p99": "seconds",
      });
    });

    test("whose counts do not fit their spans, or that say nothing, are told apart", async () => {
      const huge = inner(3, span(11, 0, 4_000_000_000), packedZigzag(12, [1]), varint(15, app.clock.now));
      const below = inner(3, span(11, 0, 1), packedZigzag(12, [-1]), varint(15, app.clock.now));
      const answer = await send(huge, below, histogram(5, Number.NaN, [1, 0, 0]), histogram(4, 1, [1, 0, 0]));
      expect(answer).toMatchObject({ status: 400, written: "1" });
      expect(answer.said).toContain("latency: has spans and counts that do not go together (2)");
      expect(answer.said).toContain("1 native histograms are kept");
    });
  });

  test("a series that ends is marked with a NaN, which is no value and no error", async () => {
    const stale = new Uint8Array([0x02, 0, 0, 0, 0, 0, 0xf0, 0x7f]);
    const marked = message((writer) => writer.tag(1, 1).raw(stale), varint(2, app.clock.now - 1000));
    expect(await write(message(v1({ __name__: "up" }, sample(1, 5), bytes(2, marked))))).toMatchObject({
      status: 204,
    });
    expect((await kept()).map(([, , , value]) => value)).toEqual(["1"]);
  });

  test("of an unknown type, a series goes on as it is kept", async () => {
    const typed = (type: number, value: number, ago: number) =>
      v2([{ labels: { __name__: "open_count" }, type, fields: [sample(value, ago)] }]);
    expect(await write(typed(2, 5, 30), V2)).toMatchObject({ status: 204 });
    expect(await write(typed(0, 3, 20), V2)).toMatchObject({ status: 204 });
    expect(await write(typed(1, 4, 10), V2)).toMatchObject({
      status: 400,
      said: expect.stringContaining('must be \\"gauge\\"'),
    });
    expect((await kept()).map(([, , , value]) => value)).toEqual(["5", "3"]);
  });

  test("a series that is damaged, or refers to texts that are not there, loses no other", async () => {
    const good = v1({ __name__: "good" }, sample(1, 5));
    expect(
      await write(message(bytes(1, RUBBISH), good, v1({ __name__: "half" }, bytes(2, RUBBISH)))),
    ).toMatchObject({
      status: 400,
      said: expect.stringContaining("a series cannot be read (1)"),
    });
    const name = [text(4, ""), text(4, "__name__"), text(4, "fine"), bytes(4, RUBBISH)];
    const of = (...refs: number[]) => inner(5, packed(1, refs), sample(2, 5));
    expect(await write(message(...name, of(1, 9), of(1), of(1, 3), of(1, 2)), V2)).toMatchObject({
      status: 400,
      written: "1",
      said: expect.stringContaining("not there, or no text (3)"),
    });
    expect((await kept()).map(([kept_name]) => kept_name)).toEqual(["fine", "good"]);
  });

  test("the type, the packing and the size are judged before anything is kept", async () => {
    const body = message(v1({ __name__: "a" }, sample(1, 5)));
    expect(await write(body, "application/json")).toMatchObject({ status: 415 });
    expect(await write(body, "application/x-protobuf;proto=io.prometheus.write.v9.Request")).toMatchObject({
      status: 415,
    });
    expect(await write(body, V1, { "content-encoding": "gzip" })).toMatchObject({ status: 415 });
    expect(await write(body, V1, {}, (plain) => new Uint8Array(plain))).toMatchObject({ status: 400 });
    expect(await write(new Uint8Array(9_000_000))).toMatchObject({ status: 413 });
    const many = Array.from({ length: 20_001 }, (_, i) => sample(1, i / 1000));
    expect(await write(message(v1({ __name__: "a" }, ...many)))).toMatchObject({
      status: 413,
      said: expect.stringContaining("max_samples_per_send"),
    });
    who = await app.enter("viewer");
    expect(await write(body)).toMatchObject({ status: 403 });
    expect(await kept()).toEqual([]);
  });
});
