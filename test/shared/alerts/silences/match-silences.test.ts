import { expect, it } from "vitest";
import {
  matchesAbsent,
  matchesPattern,
  matchSilences,
} from "../../../../shared/alerts/silences/match-silences.ts";
import type { SilenceMatcher } from "../../../../shared/contracts/alerts.ts";

const alert = {
  rule_id: "rul_1",
  name: "Floor",
  metric: "market.floor",
  level: "warning",
  labels: { collection: "cryptopunks", metric: "a label of this name is not the metric" },
};
type Matcher = [label: string, operator: SilenceMatcher["operator"], value: SilenceMatcher["value"]];
const silence = (...matchers: Matcher[]) => ({
  id: "sil_1",
  matchers: matchers.map(([label, operator, value]) => ({ label, operator, value })),
});

it.each<[boolean, ...Matcher[]]>([
  [true, ["collection", "=", "cryptopunks"]],
  [false, ["collection", "=", "Cryptopunks"]],
  [false, ["collection", "=", "crypto*"]],
  [true, ["collection", "~", "crypto*"]],
  [false, ["collection", "!~", "crypto*"]],
  [true, ["collection", "!=", "azuki"]],
  [true, ["metric", "=", "market.floor"]],
  [true, ["rule", "=", "rul_1"]],
  [true, ["level", "=", "warning"]],
  [true, ["name", "~", "F*r"]],
  [true, ["host", "=", ""]],
  [true, ["host", "!=", "db-1"]],
  [false, ["host", "~", "db*"]],
  [true, ["constructor", "=", ""]],
  [true, ["collection", "=", ["azuki", "cryptopunks"]]],
  [false, ["collection", "!=", ["azuki", "cryptopunks"]]],
  [true, ["collection", "~", ["azuki*", "crypto*"]]],
  [false, ["collection", "!~", ["azuki*", "crypto*"]]],
  [true, ["collection", "~", "*punks"], ["level", "=", "warning"]],
  [false, ["collection", "~", "*punks"], ["level", "=", "critical"]],
])("an alert is held back (%s) by %j %j", (held, ...matchers) => {
  expect(matchSilences([silence(...matchers)], alert)).toEqual(held ? ["sil_1"] : []);
});

it.each<[boolean, ...Matcher]>([
  [true, "colection", "=", ""],
  [true, "colection", "!=", "cryptopunks"],
  [true, "colection", "!~", "crypto*"],
  [true, "collection", "~", "*"],
  [true, "collection", "~", ["crypto*", "**"]],
  [false, "collection", "=", "cryptopunks"],
  [false, "collection", "~", "crypto*"],
  [false, "collection", "!=", ""],
  [false, "collection", "!=", ["", "azuki"]],
])("that a label is absent is matched (%s) by %s %s %j", (absent, label, operator, value) => {
  expect(matchesAbsent({ label, operator, value })).toBe(absent);
});

it("names every silence that holds an alert back", () => {
  const all = silence(["rule", "~", "*"]);
  const other = silence(["rule", "=", "rul_2"]);
  expect(
    matchSilences(
      [
        { ...all, id: "a" },
        { ...other, id: "b" },
        { ...all, id: "c" },
      ],
      alert,
    ),
  ).toEqual(["a", "c"]);
});

it.each([
  ["*", "", true],
  ["", "", true],
  ["", "a", false],
  ["a*", "a", true],
  ["*a", "ba", true],
  ["a*a", "a", false],
  ["a*a", "aa", true],
  ["a*b*c", "a-b-c", true],
  ["a*b*c", "a-c-b", false],
  ["a*b*b", "ab", false],
  ["*ab*ab*", "abab", true],
  ["*ab*ab*", "aab", false],
  ["a.c", "abc", false],
  ["**", "x", true],
  // A regular expression would go through every way to place these stars.
  [`${"a*".repeat(249)}b`, `${"a".repeat(5000)}c`, false],
])("%s and %j agree: %s", (pattern, text, agree) => {
  expect(matchesPattern(pattern, text)).toBe(agree);
});
