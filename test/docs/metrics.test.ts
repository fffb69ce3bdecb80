import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { METRICS } from "../../shared/alerts/catalogue.ts";

const GUIDE = readFileSync("docs/metrics.md", "utf8");

const named = (row: string) => [...row.matchAll(/`(host\.[a-z0-9_]+)`/g)].map(([, name]) => name);

test("docs/metrics.md names what XSEMA counts, with unit and shape, and nothing that is gone", () => {
  const [, after = ""] = GUIDE.split("<!-- metrics:");
  const [table = ""] = after.slice(after.indexOf("\n") + 1).split("\n\n");
  const told = table
    .split("\n")
    .slice(2)
    .map((row) => row.split("|").map((cell) => cell.replaceAll("`", "").trim()))
    .map(([, name, unit, shape]) => ({ name, unit, shape }));
  const counted = METRICS.filter(({ name }) => !name.startsWith("host."));
  expect(told).toEqual(counted.map(({ name, unit, shape }) => ({ name, unit, shape })));
});

test("docs/metrics.md names what the agent reads, and nothing that is gone", () => {
  const [, agent = ""] = GUIDE.split("## The agent\n");
  const [section = ""] = agent.split("\n## ");
  const rows = section.split("\n").filter((row) => row.startsWith("| `host."));
  const hosts = METRICS.filter(({ name }) => name.startsWith("host.")).map(({ name }) => name);
  expect(rows.flatMap(named).toSorted()).toEqual(hosts.toSorted());
});
