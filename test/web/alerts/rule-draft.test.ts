import { describe, expect, test } from "vitest";
import { AlertRule, AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import {
  PHRASE_NAMES,
  PHRASES,
  type PhraseName,
  phraseOf,
  readDraft,
  shownAmount,
} from "../../../web/src/alerts/rule-draft.ts";

const FILLED: Record<string, string> = {
  metric: "market.floor",
  labels: "harbour",
  threshold: "10",
  window: "1h",
  for: "",
  level: "warning",
  no_data: "keep",
  repeat_interval: "4h",
};

function draft(phrase: PhraseName, given: Record<string, string> = {}, before: AlertRule | null = null) {
  const values = { ...FILLED, ...given };
  const lists: Record<string, string[]> = { active_days: ["mon", "fri"] };
  return readDraft(
    (name) => values[name] ?? "",
    (name) => lists[name] ?? [],
    { phrase, what: "Floor", subject: "collection", before },
  );
}

const rule = (given: Partial<AlertRule>): AlertRule =>
  AlertRule.parse({
    ...AlertRuleFields.parse({ name: "n", metric: "market.floor" }),
    id: "rul_1",
    threshold: "10",
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

test("what the form holds is a rule of the contract, named after what it does", () => {
  const made = draft("falls", { clear_threshold: "4,5" });
  expect(AlertRuleFields.parse(made)).toMatchObject({
    name: "Floor of harbour falls by 10 % within 1h",
    labels: { collection: "harbour" },
    condition: "change_percent",
    operator: "<=",
    threshold: "-10",
    clear_threshold: "-4.5",
    window: "1h",
    for: "0s",
    channels: null,
    active_hours: null,
  });
});

test("a thousand is a thousand, and is called so", () => {
  expect(draft("above", { threshold: "1,000", labels: "" })).toMatchObject({
    threshold: "1000",
    name: "Floor is above 1000",
  });
});

test("what is chosen by its name is sent as what it is known by", () => {
  expect(draft("below", { labels: "The Harbour", chosen_subject: "harbour" }).labels).toEqual({
    collection: "harbour",
  });
});

test("a field that is left empty is left out, and every series is meant", () => {
  expect(draft("below", { labels: " ", threshold: "", window: "" })).toMatchObject({
    labels: {},
    threshold: null,
    window: null,
    one_shot: false,
  });
});

test("what compares nothing has no threshold", () => {
  expect(draft("absent", { for: "10m" })).toMatchObject({
    name: "Floor of harbour has no data for 10m",
    condition: "absence",
    operator: null,
    threshold: null,
    for: "10m",
  });
});

test("active hours are read where they are on", () => {
  const hours = { active_hours: "on", active_start: "08:00", active_end: "20:00", active_zone: "UTC" };
  expect(draft("below", hours).active_hours).toEqual({
    days: ["mon", "fri"],
    start: "08:00",
    end: "20:00",
    time_zone: "UTC",
  });
});

describe("a rule that is changed", () => {
  test("keeps an operator that says the same, and labels that the form does not show", () => {
    const before = rule({
      condition: "change_percent",
      operator: "<",
      threshold: "-5",
      labels: { collection: "harbour", trait: "gold" },
    });
    expect(draft("falls", { labels: "salt" }, before)).toMatchObject({
      operator: "<",
      labels: { collection: "salt", trait: "gold" },
    });
    expect(draft("rises", {}, before).operator).toBe(">=");
    expect(draft("falls", { metric: "market.volume" }, before).labels).toEqual({ collection: "harbour" });
  });

  test("that tells nobody goes on so", () => {
    expect(draft("below", {}, rule({ channels: [] })).channels).toEqual([]);
    expect(draft("below", {}, rule({ channels: ["email"] })).channels).toBeNull();
  });
});

test("every phrase is found again in the rule that it makes", () => {
  for (const name of PHRASE_NAMES) {
    const { condition, operator, threshold } = draft(name);
    expect(phraseOf({ condition, operator, threshold })).toBe(name);
    expect(PHRASES[name].words).not.toBe("");
  }
});

test("what the form has no words for is no phrase", () => {
  const said = (operator: ">" | "<", threshold: string) =>
    phraseOf({ condition: "change_percent", operator, threshold });
  expect([said(">", "-5"), said("<", "5"), said("<", "-5")]).toEqual([null, null, "falls"]);
  expect([shownAmount("falls", "-5"), shownAmount("below", "-5"), shownAmount("below", null)]).toEqual([
    "5",
    "-5",
    "",
  ]);
});
