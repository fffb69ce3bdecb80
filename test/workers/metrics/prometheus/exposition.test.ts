import { Counter, Histogram, Registry, Summary } from "prom-client";
import { expect, test } from "vitest";
import { ExpositionError, readExposition } from "../../../../workers/metrics/prometheus/exposition.ts";
import { toPushed } from "../../../../workers/metrics/prometheus/sample.ts";

/** Samples in short: name, labels, value and type; or why a line holds none. */
const read = (text: string, format: "prometheus" | "openmetrics" = "prometheus") =>
  readExposition(text, format).map((each) => {
    if ("refused" in each) return `${each.line}: ${each.refused}`;
    const { name, labels, value, type, at } = each.sample;
    const inBraces = labels.map(([label, text]) => `${label}=${text}`).join();
    return [`${name}{${inBraces}}`, value, type, ...(at === undefined ? [] : [at])];
  });

test("lines are samples of their families' types, and what no family names is of an unknown type", () => {
  const text = [
    "# HELP http_requests_total Requests. # TYPE is no type here",
    "# TYPE http_requests_total counter",
    'http_requests_total{method="post",code="200"} 1027 1395066363000',
    "# a comment",
    "# TYPE up gauge",
    "up 1",
    "# TYPE rpc_seconds summary",
    'rpc_seconds{quantile="0.5"} 4.7e+01',
    "rpc_seconds_sum 1.7560473e+07",
    "rpc_seconds_count 2693",
    "# TYPE took histogram",
    'took_bucket{le="+Inf",} .5',
    "",
    "  ",
    "other_total\t-0.5",
  ].join("\r\n");
  expect(read(text)).toEqual([
    ["http_requests_total{method=post,code=200}", "1027", "counter", 1395066363000],
    ["up{}", "1", "gauge"],
    ["rpc_seconds{quantile=0.5}", 47, "gauge"],
    ["rpc_seconds_sum{}", 17560473, "counter"],
    ["rpc_seconds_count{}", "2693", "counter"],
    ["took_bucket{le=+Inf}", 0.5, "counter"],
    ["other_total{}", -0.5, "unknown"],
  ]);
});

test("texts in quotes hold quotes, backslashes, lines, braces and letters of every script", () => {
  expect(read('a{path="C:\\\\D\\"}\\n",b = "é#,{" } 1\n{"http.status",code="5"} 2')).toEqual([
    ['a{path=C:\\D"}\n,b=é#,{}', "1", "unknown"],
    ["http.status{code=5}", "2", "unknown"],
  ]);
});

test("OpenMetrics counts seconds, has units and exemplars, and ends with # EOF", () => {
  const text = [
    "# TYPE foo_seconds counter",
    "# UNIT foo_seconds seconds",
    'foo_seconds_total 17.0 1520879607.789 # {trace_id="KOO"} 0.67',
    "foo_seconds_created 1520430000.123",
    "# TYPE g gaugehistogram",
    "g_gcount 3",
    "# EOF",
    "",
  ].join("\n");
  expect(read(text, "openmetrics")).toEqual([
    ["foo_seconds_total{}", 17, "counter", 1520879607789],
    ["foo_seconds_created{}", 1520430000.123, "gauge"],
    ["g_gcount{}", "3", "gauge"],
  ]);
  expect(readExposition(text, "openmetrics")[0]).toMatchObject({ sample: { unit: "seconds" } });
  expect(() => readExposition("a 1\n", "openmetrics")).toThrow(ExpositionError);
  expect(() => readExposition("# EOF\na 1\n", "openmetrics")).toThrow("goes on after # EOF");
});

test.each([
  ["a", "no value"],
  ["a 0x10", "no value in decimals"],
  ["a 1_000", "no value in decimals"],
  ["a 1 now", "a time that is no number"],
  ["a 1 2 3", "goes on after its time"],
  ["a{b} 1", "without a value"],
  ['a{b="c 1', "without a value in quotes"],
  ['a{b="c" d="e"} 1', "no comma"],
  ['a{b="c"', "no comma"],
  ["1a 1", "does not begin with the name"],
  ["a{1} 2", "a label without a name"],
])("the line %s is refused, and no other", (line, reason) => {
  expect(read(`good 1\n${line}\ngood 2`)).toEqual([
    ["good{}", "1", "unknown"],
    expect.stringMatching(new RegExp(`^2: .*${reason}`)),
    ["good{}", "2", "unknown"],
  ]);
});

test("what prom-client writes is read as it was meant", async () => {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({ name: "requests_total", help: "a\nb", labelNames: ["path"], registers });
  requests.inc({ path: 'a"\\\n' }, 3);
  new Histogram({ name: "took_seconds", help: "h", buckets: [1, 2], registers }).observe(1.5);
  new Summary({ name: "size_bytes", help: "s", percentiles: [0.5], registers }).observe(7);
  expect(read(await registry.metrics())).toEqual([
    ['requests_total{path=a"\\\n}', "3", "counter"],
    ["took_seconds_bucket{le=1}", "0", "counter"],
    ["took_seconds_bucket{le=2}", "1", "counter"],
    ["took_seconds_bucket{le=+Inf}", "1", "counter"],
    ["took_seconds_sum{}", 1.5, "counter"],
    ["took_seconds_count{}", "1", "counter"],
    ["size_bytes{quantile=0.5}", "7", "gauge"],
    ["size_bytes_sum{}", "7", "counter"],
    ["size_bytes_count{}", "1", "counter"],
  ]);
});

test("NaN says that there is no value, infinity cannot be kept, and units stand in names", () => {
  const of = (value: number | string, name = "took_seconds_sum") =>
    toPushed({ name, labels: [["A", "1"]], value, type: "gauge" });
  expect(of(Number.NaN)).toBeNull();
  expect(of(Number.POSITIVE_INFINITY)).toEqual({ refused: "is not a finite number in decimals" });
  expect(of("12")).toEqual({
    name: "took_seconds_sum",
    labels: { a: "1" },
    value: "12",
    type: "gauge",
    unit: "seconds",
  });
  expect(
    toPushed({
      name: "a",
      labels: [
        ["A", "1"],
        ["a", "2"],
      ],
      value: 1,
      type: "gauge",
    }),
  ).toEqual({
    refused: "has two labels a",
  });
});

test("a long line and many lines take a time that grows with their length", () => {
  const long = `a{${'b="c",'.repeat(90)}d="${"\\".repeat(200_000)}"} 1`;
  const started = performance.now();
  readExposition(`${long}\n`.repeat(5), "prometheus");
  readExposition("{".repeat(200_000), "prometheus");
  readExposition(`a ${"1".repeat(200_000)}x`, "prometheus");
  expect(performance.now() - started).toBeLessThan(2000);
});
