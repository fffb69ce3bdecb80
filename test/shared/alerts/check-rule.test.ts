import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { checkRule } from "../../../shared/alerts/check-rule.ts";
import { AlertRuleFields } from "../../../shared/contracts/alerts.ts";

type Fields = Partial<z.input<typeof AlertRuleFields>>;
const FLOOR = { name: "floor", metric: "market.floor", operator: "<", threshold: "40" } as const;
const check = (fields: Fields) => checkRule(AlertRuleFields.parse({ ...FLOOR, ...fields }));
const ABSENCE = { condition: "absence", operator: null, threshold: null } as const;
const CHANGE = { condition: "change_percent", threshold: "-10", window: "1h" } as const;

describe("a rule's fields", () => {
  it.each<[string, Fields]>([
    ["a floor below a price", { labels: { collection: "punks" }, clear_threshold: "42" }],
    ["a change within an hour", CHANGE],
    ["absence for a time", { ...ABSENCE, for: "10m" }],
    ["a windowed metric with a window, or without", { metric: "market.volume", window: "1d" }],
    ["the mean of a reading", { metric: "host.cpu_percent", operator: ">", window: "5m" }],
    ["any label of one's own", { metric: "greenhouse.humidity", labels: { bed: "3" }, group_by: ["bed"] }],
    ["a clear threshold below", { operator: ">=", threshold: "80", clear_threshold: "70" }],
    ["a clear threshold that is the threshold", { clear_threshold: "40.0" }],
    ["grouping", { group_by: ["rule", "metric", "level", "collection"] }],
  ])("%s belong together", (_name, fields) => {
    expect(check(fields)).toEqual([]);
  });

  it.each<[Fields, string, string]>([
    [{ metric: "market.flor" }, "/metric", "GET /api/v1/metrics/catalogue"],
    [{ labels: { host: "a" } }, "/labels/host", 'market.floor has "collection"'],
    [{ message: "{{labels.host}} is down" }, "/message", "labels.host"],
    [{ operator: null }, "/operator", "must be one of <"],
    [{ threshold: null }, "/threshold", 'such as "40"'],
    [{ ...CHANGE, threshold: null }, "/threshold", '"-10" for ten percent less'],
    [{ clear_threshold: "39" }, "/clear_threshold", "at least the threshold (40)"],
    [{ operator: ">", clear_threshold: "41" }, "/clear_threshold", "at most the threshold (40)"],
    [{ operator: "==", clear_threshold: "41" }, "/clear_threshold", "left out with =="],
    [{ ...ABSENCE }, "/for", '"10m"'],
    [{ ...ABSENCE, for: "10m", operator: "<" }, "/operator", "left out for absence"],
    [{ ...ABSENCE, for: "10m", threshold: "1" }, "/threshold", "left out for absence"],
    [{ ...ABSENCE, for: "10m", clear_threshold: "1" }, "/clear_threshold", "left out for absence"],
    [{ ...ABSENCE, for: "10m", window: "1h" }, "/window", '"for" says'],
    [{ ...CHANGE, window: null }, "/window", 'such as "1h"'],
    [{ window: "1h" }, "/window", '"change_percent"'],
    [{ ...CHANGE, metric: "market.listed_share" }, "/condition", 'must be "value"'],
    [{ group_by: ["rule", "host"] }, "/group_by/1", '"collection"'],
  ])("%j is refused at %s", (fields, pointer, says) => {
    const errors = check(fields);
    expect(errors.map((error) => error.pointer)).toEqual([pointer]);
    expect(errors[0]?.message).toContain(says);
  });
});
