import { expect, test } from "vitest";
import { MetricName } from "../../../../shared/contracts/metrics.ts";
import { labelName, labelsOf, metricName } from "../../../../workers/metrics/otlp/names.ts";

test.each([
  ["http.server.duration", "http.server.duration"],
  ["System.CPU-Time", "system.cpu_time"],
  ["system.cpu.load_average.15m", "system.cpu.load_average_15m"],
  ["http_requests_total", "http_requests_total"],
  ["process/memory", "process_memory"],
  ["5xx", "_5xx"],
  ["job:http_requests:Rate5m", "job:http_requests:rate5m"],
  ["...", "_"],
  ["..a..b", "a.b"],
  ["é", "_"],
])("%s is known as %s", (given, known) => {
  expect(metricName(given)).toBe(known);
  expect(MetricName.safeParse(metricName(given)).success).toBe(true);
});

test("attributes that would be one label are refused, as is what no label can hold", () => {
  const text = (key: string, stringValue = "1") => ({ key, value: { stringValue } });
  expect(labelName("2xx.Rate")).toBe("_2xx_rate");
  expect(labelsOf([text("a.b"), text("c")])).toEqual({ a_b: "1", c: "1" });
  expect(labelsOf([text("a.b"), text("a_b")])).toBe("two attributes would be the label a_b");
  expect(labelsOf([{ key: "list", value: {} }])).toContain("no label can hold it");
});
