import { describe, expect, it } from "vitest";
import {
  canonicalLabels,
  findMetric,
  fingerprintOf,
  isPushable,
  METRICS,
  matchesLabels,
  seriesSubjectOf,
  subjectOf,
} from "../../../shared/alerts/catalogue.ts";
import { parseDuration } from "../../../shared/contracts/duration.ts";
import { MetricDefinition, MetricName } from "../../../shared/contracts/metrics.ts";

describe("the catalogue of metrics", () => {
  it.each(METRICS.map((metric) => [metric.name, metric] as const))("%s is well defined", (name, metric) => {
    expect(MetricName.parse(name)).toBe(name);
    expect(MetricDefinition.parse(metric)).toEqual(metric);
    expect(metric.subject === null || metric.labels.includes(metric.subject)).toBe(true);
    expect(metric.default_window === null).toBe(metric.shape !== "windowed");
    if (metric.default_window !== null) expect(parseDuration(metric.default_window)).toBeGreaterThan(0);
  });

  it("names each metric once", () => {
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length);
  });

  it("takes any other name as its user's own reading, but none that begins like XSEMA's", () => {
    expect(findMetric("greenhouse.humidity")).toMatchObject({ shape: "sampled", owner: "user" });
    for (const name of ["market.flor", "portfolio.value", "platform.mood", "xsema.x", "activity.sum"]) {
      expect(findMetric(name)).toBeUndefined();
      expect(isPushable(name)).toBe(false);
    }
    expect(isPushable("host.cpu_percent")).toBe(true);
    expect(isPushable("marketing.leads")).toBe(true);
  });

  it("finds rules by the subject label, or by * where it is left out", () => {
    const floor = { subject: "collection" };
    expect(subjectOf(floor, { collection: "punks" })).toBe("punks");
    expect(subjectOf(floor, {})).toBe("*");
    expect(seriesSubjectOf(floor, {})).toBe("");
  });

  it("knows a series by its labels, in whatever order", async () => {
    const labels = { host: "a", mount: "/" };
    const turned = { mount: "/", host: "a" };
    expect(canonicalLabels(labels)).toBe(canonicalLabels(turned));
    expect(await fingerprintOf(labels)).toBe(await fingerprintOf(turned));
    expect(await fingerprintOf(labels)).toMatch(/^[0-9a-f]{64}$/);
    expect(await fingerprintOf({ host: "a", mount: "/home" })).not.toBe(await fingerprintOf(labels));
    expect(matchesLabels({ host: "a" }, labels)).toBe(true);
    expect(matchesLabels({ host: "a", disk: "x" }, labels)).toBe(false);
  });
});
