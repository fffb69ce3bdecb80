import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkRule } from "../../../shared/alerts/check-rule.ts";
import { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { metricFamilies } from "../../../shared/monitoring/metric-families.ts";
import { aBacklog, aProbe } from "./findings.ts";

const GUIDE = readFileSync(new URL("../../../docs/operating.md", import.meta.url), "utf8");

test("the guide's rules are rules that can be made", () => {
  const [, block = ""] = /```json\n([\s\S]*?)```/.exec(GUIDE) ?? [];
  const rules = block.trim().split("\n");
  expect(rules.length).toBeGreaterThan(2);
  for (const rule of rules) expect(checkRule(AlertRuleFields.parse(JSON.parse(rule))), rule).toEqual([]);
});

test("the guide names every family that is exposed", () => {
  const look = { at: 0, probe: aProbe(), backlog: aBacklog(), components: [] };
  for (const { name } of metricFamilies(look, null, "1")) expect(GUIDE).toContain(`\`${name}\``);
});
