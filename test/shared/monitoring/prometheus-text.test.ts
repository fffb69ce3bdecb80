import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { metricFamilies } from "../../../shared/monitoring/metric-families.ts";
import { prometheusText } from "../../../shared/monitoring/prometheus-text.ts";
import { isSameSecret } from "../../../shared/monitoring/same-secret.ts";
import { readExposition } from "./exposition.ts";
import { aBacklog, aProbe } from "./findings.ts";

describe("the text", () => {
  it("brings any label, help and number back as it was", () => {
    const words = fc.string({ unit: "grapheme", maxLength: 20 }).filter((text) => !text.includes("\r"));
    const help = words.map((text) => text.trim());
    const value = fc.oneof(
      fc.double({ noDefaultInfinity: false }),
      fc.constantFrom(Infinity, -Infinity, NaN),
    );
    fc.assert(
      fc.property(help, words, value, (said, label, number) => {
        const samples = [{ labels: { label }, value: number }];
        const text = prometheusText([{ name: "a_metric", type: "gauge", help: said, samples }]);
        const family = readExposition(text).get("a_metric");
        expect(family?.help).toBe(said);
        expect(family?.samples[0]?.labels).toEqual({ label });
        // Minus zero is written as zero.
        expect((family?.samples[0]?.value ?? 1) + 0).toEqual(number + 0);
      }),
      { numRuns: 300 },
    );
  });

  it("has no family without a sample", () => {
    expect(prometheusText([{ name: "a", type: "gauge", help: "", samples: [] }])).toBe("");
  });
});

describe("everything that is exposed", () => {
  const bucket = (...places: number[]) => Array.from({ length: 13 }, (_, i) => (places.includes(i) ? 2 : 0));
  const requests = ["2xx", "5xx"].flatMap((status) =>
    ["/health", '/odd"\\\n'].map((route) => ({
      ...{ method: "GET", route, status, count: 4, sum_s: 6.5, buckets: bucket(0, 12) },
    })),
  );

  test("follows the grammar, with the values that were found", () => {
    const look = { at: 0, probe: aProbe(), backlog: aBacklog(), components: [] };
    const families = readExposition(prometheusText(metricFamilies(look, requests, "1.2.3")));
    const samples = [...families.values()].flatMap((family) => family.samples);
    const found = (name: string, labels: Record<string, string> = {}) =>
      samples.filter(
        (sample) =>
          sample.name === name &&
          Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
      );
    expect(found("xsema_build_info")).toMatchObject([{ labels: { version: "1.2.3" }, value: 1 }]);
    expect(found("xsema_flush_lag_seconds")).toMatchObject([{ labels: { kind: "collection" }, value: 1.5 }]);
    expect(found("xsema_connections", { kind: "user" })).toMatchObject([{ value: 2 }]);
    expect(found("xsema_queue_backlog_jobs")).toMatchObject([{ value: 4 }]);
    expect(found("xsema_alerts_active", { level: "warning" })).toMatchObject([{ value: 2 }]);
    const name = "http_server_request_duration_seconds";
    const labels = { route: '/odd"\\\n', status: "5xx" };
    expect(found(`${name}_bucket`, { ...labels, le: "5" })).toMatchObject([{ value: 2 }]);
    expect(found(`${name}_bucket`, { ...labels, le: "+Inf" })).toMatchObject([{ value: 4 }]);
    expect(found(`${name}_sum`, labels)).toMatchObject([{ value: 6.5 }]);
  });

  test("leaves out what nobody could tell", () => {
    const probe = aProbe({ rooms: null, queue: null, providers: [{ name: "opensea", gate: null }] });
    const families = readExposition(
      prometheusText(metricFamilies({ at: 0, probe, backlog: null, components: [] }, null, "1.2.3")),
    );
    expect([...families.keys()]).toEqual(["xsema_build_info"]);
  });
});

describe("the reader that judges it", () => {
  test.each([
    ["no line feed at the end", "# HELP a b\n# TYPE a gauge\na 1"],
    ["a series twice", '# HELP a b\n# TYPE a gauge\na{x="1",y="2"} 1\na{y="2",x="1"} 2\n'],
    ["no TYPE", "# HELP a b\na 1\n"],
    ["two TYPE lines", "# HELP a b\n# TYPE a gauge\n# TYPE a gauge\na 1\n"],
    ["TYPE after a sample", "# HELP a b\na 1\n# TYPE a gauge\n"],
    ["a group torn apart", '# HELP a b\n# TYPE a gauge\na 1\n# HELP c d\n# TYPE c gauge\nc 1\na{x="1"} 2\n'],
    ["an unknown escape", '# HELP a b\n# TYPE a gauge\na{x="\\t"} 1\n'],
    ["a number that Go does not read", "# HELP a b\n# TYPE a gauge\na Infinity\n"],
    ["no bucket +Inf", '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
    [
      "a bucket that shrinks",
      '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
    [
      "a count that is not that of +Inf",
      '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 1\na_sum 1\na_count 2\n',
    ],
  ])("refuses %s", (_, text) => {
    expect(() => readExposition(text)).toThrow();
  });
});

test("a secret is the same only where all of it is", async () => {
  expect(await isSameSecret("a-secret", "a-secret")).toBe(true);
  for (const other of ["", "a-secre", "a-secrets", "A-secret", "b-secret"])
    expect(await isSameSecret(other, "a-secret")).toBe(false);
});
