import { describe, expect, test } from "vitest";
import { checkRule } from "../../../shared/alerts/check-rule.ts";
import { checkPassword } from "../../../shared/auth/password/check-password.ts";
import { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import type { FieldError } from "../../../shared/platform/errors.ts";
import { fieldErrors } from "../../../shared/platform/zod-errors.ts";
import { sayField } from "../../../web/src/words/say-field.ts";

/** What belongs to programs only. */
const TECHNICAL = /\/api\/|GET |POST |\{\{|pointer|"|null|undefined|_at\b|expected/;

function expectWords(errors: readonly FieldError[]): void {
  expect(errors.length).toBeGreaterThan(0);
  for (const error of errors) {
    const words = sayField(error);
    expect(words, `of ${error.pointer}: ${error.message}`).not.toBeNull();
    expect(words).not.toMatch(TECHNICAL);
    expect(words).toMatch(/^[A-Z0-9].*\.$/);
  }
}

describe("there are words for whatever the server finds wrong with", () => {
  const rule = {
    name: "x",
    metric: "market.floor",
    labels: {},
    condition: "value",
    operator: "<",
    threshold: "1",
  };
  const cases: [string, Record<string, unknown>][] = [
    ["a metric that there is not", { metric: "market.none" }],
    ["no threshold", { threshold: null }],
    [
      "a change without a threshold",
      { condition: "change_percent", operator: "<=", threshold: null, window: "1h" },
    ],
    [
      "a change without a span",
      { condition: "change_percent", operator: "<=", threshold: "-10", window: null },
    ],
    ["a window that the metric has not", { window: "1h" }],
    ["an end beyond the threshold", { clear_threshold: "0.5" }],
    ["an end below it", { operator: ">", clear_threshold: "2" }],
    ["an absence without its time", { condition: "absence", operator: null, threshold: null, for: "0s" }],
    ["a message of other labels", { message: "{{labels.host}} is low" }],
  ];
  test.each(cases)("a rule: %s", (_what, over) => {
    expectWords(checkRule(AlertRuleFields.parse({ ...rule, ...over })));
  });

  test.each([
    ["threshold", "a lot"],
    ["threshold", "1e9"],
    ["window", "soon"],
    ["for", "900d"],
    ["cooldown", "1x"],
    ["name", ""],
    ["name", "x".repeat(300)],
    ["message", "x".repeat(3000)],
    ["message", "{{ nothing.known }}"],
    ["active_hours", { days: [], start: "22:00", end: "07:00", time_zone: "Mars/Base" }],
    ["repeat_interval", "often"],
  ])("a rule's %s that is %j", (field, value) => {
    const parsed = AlertRuleFields.safeParse({ ...rule, [field]: value });
    expectWords(parsed.success ? [] : fieldErrors(parsed.error));
  });

  test.each([
    ["short", false],
    ["short", true],
    ["ann.example.org", false],
    ["passwordpassword", false],
    ["a\tb with a tab inside of it", false],
    ["x".repeat(2000), false],
    ["x".repeat(200), false],
    ["aaaaaaaaaaaaaaaaaaaaaaa", false],
    ["annannannannannann", false],
  ])("the password %j", async (password, mfa_enabled) => {
    const config = { PASSWORD_MIN_SCORE: 3 };
    const person = { email: "ann@example.org", name: "Ann", mfa_enabled };
    expectWords(await checkPassword({ config }, { ...person, password }));
  });
});

test("what is new to the page has no words", () => {
  expect(sayField({ pointer: "/x", message: "must be of a kind that came later" })).toBeNull();
});
