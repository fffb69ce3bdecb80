import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { z } from "zod";
import { checkRule } from "../../shared/alerts/check-rule.ts";
import { PlanLimits } from "../../shared/contracts/access.ts";
import { AlertRuleFields, PLACEHOLDERS, TransitionReason } from "../../shared/contracts/alerts.ts";
import { AlertData } from "../../shared/contracts/webhook-data.ts";
import { blocksIn } from "../support/guide.ts";

const GUIDE = readFileSync("docs/alerts.md", "utf8");

/** The rows of the table that a comment marks, as their cells. */
function tableOf(mark: string): string[][] {
  const [, after = ""] = GUIDE.split(`<!-- ${mark}:`);
  const [table = ""] = after.slice(after.indexOf("\n") + 1).split("\n\n");
  return table
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const shown = (value: unknown) =>
  value === null ? "none" : `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;

test("docs/alerts.md names every field of a rule with its default, and none that is gone", () => {
  const { name: _, metric: __, ...defaults } = AlertRuleFields.parse({ name: "A", metric: "market.floor" });
  const wanted = { name: "required", metric: "required" };
  for (const [field, value] of Object.entries(defaults)) Object.assign(wanted, { [field]: shown(value) });
  const told = tableOf("fields").map(([field = "", given = ""]) => [field.replaceAll("`", ""), given]);
  expect(Object.fromEntries(told)).toEqual(wanted);
  expect(told).toHaveLength(Object.keys(wanted).length);
});

test("docs/alerts.md names every reason of a transition and every placeholder of a message", () => {
  const reasons = tableOf("reasons").flatMap(([names = ""]) => names.split(", "));
  expect(reasons.map((name) => name.replaceAll("`", "")).toSorted()).toEqual(
    TransitionReason.options.toSorted(),
  );
  const placeholders = [...GUIDE.matchAll(/`\{\{([a-z]+)\}\}`/g)].map(([, name]) => name);
  expect([...new Set(placeholders)]).toEqual([...PLACEHOLDERS]);
});

test("docs/alerts.md shows rules that can be made, and a message that webhooks could get", () => {
  const [message, ...rules] = blocksIn("docs/alerts.md", "json").map((block): unknown => JSON.parse(block));
  const { data } = z
    .object({ type: z.literal("alert.fired"), data: z.strictObject(AlertData.shape) })
    .parse(message);
  expect(data.state).toBe("active");
  expect(rules.length).toBeGreaterThan(4);
  for (const rule of rules) expect(checkRule(AlertRuleFields.parse(rule))).toEqual([]);
});

test("docs/alerts.md tells the plans' limits", () => {
  const { free, premium } = PlanLimits;
  const most = premium.alert_rules.toLocaleString("en");
  expect(GUIDE).toContain(`| rules | ${free.alert_rules} (free), ${most} (premium);`);
});
