import { asc, eq, sql } from "drizzle-orm";
import { compress } from "snappyjs";
import { beforeEach, expect, test } from "vitest";
import { metric_samples, metric_series } from "../../../../shared/db/schema/index.ts";
import { canonicalMoney } from "../../../../shared/domain/money.ts";
import type { Somebody } from "../../../support/account-app.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { metricsApp } from "../metrics-app.ts";
import { bytes, double, inner, message, packed, text, varint } from "../wire.ts";

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
      series("native", 3, inner(3, varint(1, 4))),
      series("huge", 2, sample(Number.POSITIVE_INFINITY, 5)),
      series("market.floor", 2, sample(1, 5)),
      series("", 2, sample(1, 5)),
      series("good", 2, sample(1, 5)),
    ]);
    const answer = await write(body, V2);
    expect(answer).toMatchObject({ status: 400, written: "2" });
    for (const part of ["out of order", "native histograms", "not a finite number", "market", "has no name"])
      expect(answer.said).toContain(part);
    expect((await kept()).map(([name, , , value]) => [name, value])).toEqual([
      ["good", "1"],
      ["jobs_total", "0.4"],
    ]);
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
