import { BinaryReader } from "@bufbuild/protobuf/wire";
import { asc, eq, sql } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { metric_samples, metric_series } from "../../../../shared/db/schema/index.ts";
import { canonicalMoney } from "../../../../shared/domain/money.ts";
import type { Somebody } from "../../../support/account-app.ts";
import { describeOnEachBackend } from "../../../support/each-backend.ts";
import { metricsApp } from "../metrics-app.ts";
import { bytes, double, fixed64, inner, message, packed, text, varint } from "../wire.ts";

const PATH = "/otlp/v1/metrics";
const PROTOBUF = { "content-type": "application/x-protobuf" };
const RUBBISH = new Uint8Array([0xff, 0xff, 0xff]);

describeOnEachBackend("metrics by OTLP as protobuf", (backend) => {
  let app: ReturnType<typeof metricsApp>;
  let who: Somebody;
  beforeEach(async () => {
    app = metricsApp(backend);
    who = await app.trader();
  });

  type Field = ReturnType<typeof text>;
  const attribute = (number: number, key: string, value: string) =>
    inner(number, text(1, key), inner(2, text(1, value)));
  const time = (ms: number, start = ms - 10_000) => [
    fixed64(2, BigInt(start) * 1_000_000n),
    fixed64(3, BigInt(ms) * 1_000_000n),
  ];
  const gauge = (name: string, ...point: Field[]) => inner(2, text(1, name), inner(5, inner(1, ...point)));
  const of = (...metrics: Field[]) =>
    message(inner(1, inner(1, attribute(1, "service.name", "shop")), inner(2, ...metrics)));
  /** The answer's status, and of `ExportMetricsServiceResponse` how many points were refused, and why. */
  async function export_(body: Uint8Array<ArrayBuffer>, more: Record<string, string> = {}) {
    const answer = await app.post(who, PATH, body, { ...PROTOBUF, ...more });
    const told = { status: answer.status, type: answer.headers.get("content-type"), refused: 0, why: "" };
    const reader = new BinaryReader(answer.bytes);
    while (told.status === 200 && reader.pos < reader.len) {
      const [number] = reader.tag();
      if (number === 1) reader.uint32();
      const [field] = reader.tag();
      expect(field).toBe(1);
      told.refused = Number(reader.int64());
      reader.tag();
      told.why = reader.string();
    }
    if (told.status !== 200) {
      reader.tag();
      told.refused = reader.int32();
      reader.tag();
      told.why = reader.string();
    }
    return told;
  }
  async function kept() {
    const rows = await backend.db
      .select({ name: metric_series.name, unit: metric_series.unit, value: metric_samples.value })
      .from(metric_samples)
      .innerJoin(metric_series, eq(metric_series.id, metric_samples.series_id))
      .orderBy(asc(metric_series.name), sql`${metric_series.labels}::text`, asc(metric_samples.at));
    return rows.map(({ name, unit, value }) => [name, unit, canonicalMoney(value)]);
  }

  test("a gauge is kept with its unit, a long integer to the last digit, and the answer is protobuf", async () => {
    const at = app.clock.now - 1000;
    const body = of(
      inner(
        2,
        text(1, "queue.bytes"),
        text(3, "By"),
        inner(5, inner(1, ...time(at), fixed64(6, 2n ** 60n + 1n))),
      ),
      gauge("temperature", ...time(at), double(4, -0.5), attribute(7, "room", "a")),
    );
    const taken = { status: 200, type: "application/x-protobuf", refused: 0, why: "" };
    expect(await export_(body)).toEqual(taken);
    const gzip = await new Response(
      new Blob([body]).stream().pipeThrough(new CompressionStream("gzip")),
    ).arrayBuffer();
    expect(await export_(new Uint8Array(gzip), { "content-encoding": "gzip" })).toEqual(taken);
    expect(await kept()).toEqual([
      ["queue.bytes", "By", "1152921504606846977"],
      ["temperature", null, "-0.5"],
    ]);
    const { body: series } = await app.ask(who, "GET", "/metrics/series");
    expect(series.data).toMatchObject([
      { metric: "queue.bytes", unit: "bytes", sent_unit: "By" },
      { metric: "temperature", unit: "number", sent_unit: null },
    ]);
    const { body: read } = await app.ask(who, "GET", "/metrics/query?metric=queue.bytes");
    expect(read).toMatchObject({ unit: "bytes", sent_unit: "By" });
  });

  const histogram = (temporality: number, ...points: Field[][]) =>
    inner(
      2,
      text(1, "latency"),
      text(3, "ms"),
      inner(9, ...points.map((point) => inner(1, ...point)), varint(2, temporality)),
    );
  const bounded = (counts: bigint[], ...more: Field[]) => [
    ...counts.map((count) => fixed64(6, count)),
    double(7, 10),
    double(7, 20),
    fixed64(
      4,
      counts.reduce((sum, count) => sum + count, 0n),
    ),
    ...more,
  ];

  test("a histogram of an interval is kept as its count and sum by the second, and its quantiles", async () => {
    const at = app.clock.now - 1000;
    const point = bounded([10n, 10n, 0n], double(5, 220), ...time(at));
    expect(await export_(of(histogram(1, point)))).toMatchObject({ status: 200, refused: 0, why: "" });
    expect(await kept()).toEqual([
      ["latency.count", "1/s", "2"],
      ["latency.p50", "ms", "10"],
      ["latency.p95", "ms", "19"],
      ["latency.p99", "ms", "19.8"],
      ["latency.sum", "ms/s", "22"],
    ]);
  });

  test("of a histogram that counts from its start, the quantiles are those of what came since the export before", async () => {
    const start = app.clock.now - 3_600_000;
    const at = app.clock.now - 60_000;
    const send = (ms: number, counts: bigint[], sum: number) =>
      export_(of(histogram(2, bounded(counts, double(5, sum), ...time(ms, start)))));
    expect(await send(at, [100n, 0n, 0n], 100)).toMatchObject({ refused: 0, why: "" });
    expect(await kept()).toEqual([]);
    for (const _again of [1, 2])
      expect(await send(at + 10_000, [100n, 20n, 0n], 400)).toMatchObject({ status: 200 });
    const expected = [
      ["latency.count", null, "2"],
      ["latency.p50", "ms", "15"],
      ["latency.p95", "ms", "19.5"],
      ["latency.p99", "ms", "19.9"],
      ["latency.sum", "ms", "30"],
    ];
    expect(await kept()).toEqual(expected);
    // Nothing came: the rates are 0, and of no values there are no quantiles.
    await send(at + 20_000, [100n, 20n, 0n], 400);
    expect((await kept()).filter(([name]) => String(name).includes(".p"))).toHaveLength(3);
  });

  test("an exponential histogram and a summary are kept in the same way", async () => {
    const at = app.clock.now - 1000;
    const exponential = inner(
      10,
      varint(2, 1),
      inner(
        1,
        ...time(at),
        fixed64(4, 4n),
        double(5, 10),
        varint(6, 0),
        inner(8, varint(1, 0), packed(2, [2, 2])),
        attribute(1, "route", "/a"),
      ),
    );
    const quantile = (share: number, value: number) => inner(6, double(1, share), double(2, value));
    const summary = inner(
      11,
      inner(1, ...time(at), fixed64(4, 4n), double(5, 1), quantile(0.5, 3), quantile(0.999, 7)),
    );
    const answer = await export_(
      of(inner(2, text(1, "size"), exponential), inner(2, text(1, "wait"), summary)),
    );
    expect(answer).toMatchObject({ status: 200, refused: 0, why: "" });
    expect((await kept()).map(([name, , value]) => [name, value])).toEqual([
      ["size.count", "0.4"],
      ["size.p50", "2"],
      ["size.p95", "3.8"],
      ["size.p99", "3.96"],
      ["size.sum", "1"],
      ["wait.p50", "3"],
      ["wait.p99_9", "7"],
    ]);
  });

  test("a message or text within that is damaged loses no other", async () => {
    const at = app.clock.now - 1000;
    const good = [...time(at), double(4, 1)];
    const body = message(
      bytes(1, RUBBISH),
      inner(
        1,
        inner(
          2,
          bytes(2, RUBBISH),
          inner(2, text(1, "a.mixed"), inner(5, bytes(1, RUBBISH), inner(1, ...good))),
          inner(2, bytes(1, RUBBISH), inner(5, inner(1, ...good))),
          gauge("toString", ...good),
          gauge("a.list", ...good, inner(7, text(1, "list"), inner(2, inner(5)))),
          gauge("a.nan", ...time(at), double(4, Number.NaN)),
          gauge("a.good", ...good),
        ),
      ),
    );
    const { status, refused, why } = await export_(body);
    expect(status).toBe(200);
    expect(refused).toBe(6);
    expect(why).toContain("a.mixed (1): is no data point");
    expect((await kept()).map(([name]) => name)).toEqual(["a.good", "a.mixed", "tostring"]);
  });

  test("errors are google.rpc.Status: of bytes that are no message, of too many values, of who may not", async () => {
    expect(await export_(RUBBISH)).toMatchObject({ status: 400, type: "application/x-protobuf", refused: 3 });
    expect(await export_(new Uint8Array(2_200_000).map((_, i) => (i % 2 === 0 ? 10 : 0)))).toMatchObject({
      status: 413,
      refused: 8,
      why: expect.stringContaining("send less"),
    });
    who = await app.enter("viewer");
    expect(await export_(of())).toMatchObject({ status: 403, refused: 7 });
  });
});
