import { expect, test } from "vitest";
import { AlertRule, AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { hostsOf } from "../../../web/src/alerts/hosts-of.ts";
import { groupMetrics, valueText } from "../../../web/src/alerts/metric-words.ts";
import { sayRule, sayState } from "../../../web/src/alerts/rule-words.ts";
import { matchersFor } from "../../../web/src/alerts/silence-matchers.ts";

const metric = (name: string, given: Partial<MetricDefinition> = {}): MetricDefinition =>
  MetricDefinition.parse({
    name,
    unit: "price",
    shape: "step",
    labels: ["collection"],
    subject: "collection",
    owner: "everyone",
    default_window: null,
    description: "Lowest price",
    ...given,
  });
const FLOOR = metric("market.floor");
const rule = (given: Partial<AlertRule> = {}): AlertRule =>
  AlertRule.parse({
    ...AlertRuleFields.parse({ name: "n", metric: "market.floor" }),
    operator: "<",
    threshold: "9",
    id: "rul_1",
    armed: true,
    built_in: false,
    states: { pending: 0, active: 0, acknowledged: 0 },
    error: null,
    last_fired_at: null,
    revision: 1,
    created_at: "2026-11-01T10:00:00Z",
    updated_at: "2026-11-01T10:00:00Z",
    ...given,
  });

test.each([
  [{}, "Floor of every collection is below 9"],
  [{ labels: { collection: "punks" }, for: "5m" }, "Floor of punks is below 9 for 5m"],
  [
    { condition: "change_percent", operator: "<=", threshold: "-10", window: "1h" },
    "Floor of every collection falls by 10 % within 1h",
  ],
  [
    { condition: "change_percent", operator: ">", threshold: "-3", window: "1h" },
    "Floor of every collection changes within 1h by > -3 %",
  ],
  [
    { condition: "absence", operator: null, threshold: null, for: "10m" },
    "Floor of every collection has no data for 10m",
  ],
] as const)("%j is said in words", (given, words) => {
  expect(sayRule(rule(given), FLOOR)).toBe(words);
});

test("readings of one's own that name no host are no hosts", () => {
  const own = { metric: "shop.latency", operator: ">", threshold: "100" } as const;
  const latency = metric("shop.latency", { subject: "host", unit: "milliseconds" });
  expect(sayRule(rule(own), latency)).toBe("shop.latency of every series is above 100 ms");
});

test("what became of a rule is said before what it waits for", () => {
  expect(sayState(rule())).toBe("watching");
  expect(sayState(rule({ states: { pending: 1, active: 2, acknowledged: 0 } }))).toBe("2 active, 1 pending");
  expect(sayState(rule({ armed: false }))).toBe("has fired once, not armed");
  expect(sayState(rule({ error: "too much" }))).toBe("cannot be evaluated");
  expect(sayState(rule({ enabled: false, error: "too much" }))).toBe("off");
});

test.each([
  ["-15.3846153846", "price", "change_percent", "-15.38 %"],
  ["12.5", "percent", "value", "12.5 %"],
  ["9.25", "price", "value", "9.25"],
  ["1536", "bytes", "value", "1.5 KiB"],
  ["0", "bytes_per_second", "value", "0 B/s"],
  ["3", "count", "value", "3"],
] as const)("%s in %s as %s is %s", (value, unit, condition, text) => {
  expect(valueText(value, unit, condition)).toBe(text);
});

test("metrics stand under where they come from, unknown names among one's own", () => {
  const groups = groupMetrics([metric("shop.orders"), metric("platform.connections"), FLOOR]);
  expect(groups.map(({ title, metrics }) => [title, metrics.length])).toEqual([
    ["Collections", 1],
    ["The platform", 1],
    ["My own readings", 1],
  ]);
});

test("a host has the newest of its readings, and of its disks the fullest", () => {
  const read = (name: string, host: string, value: string, last_at: string, mount?: string) => ({
    metric: name,
    labels: { host, ...(mount !== undefined && { mount }) },
    value,
    last_at,
  });
  expect(
    hostsOf([
      read("host.disk_percent", "web", "9.5", "2026-11-01T10:00:00Z", "/"),
      read("host.disk_percent", "web", "72", "2026-11-01T10:00:15Z", "/data"),
      read("host.cpu_percent", "web", "31", "2026-11-01T10:00:00Z"),
      read("host.load_1m", "db", "2", "2026-11-01T10:00:00Z"),
      read("shop.orders", "shop", "2", "2026-11-01T10:00:00Z"),
    ]),
  ).toEqual([
    { name: "db", cpu: null, memory: null, disk: null, at: "2026-11-01T10:00:00Z" },
    { name: "web", cpu: "31", memory: null, disk: "72", at: "2026-11-01T10:00:15Z" },
  ]);
});

test("a silence made from an alert means its rule and its series", () => {
  expect(matchersFor({ rule_id: "rul_1", labels: { collection: "punks" } })).toEqual([
    { label: "rule", operator: "=", value: "rul_1" },
    { label: "collection", operator: "=", value: "punks" },
  ]);
});
