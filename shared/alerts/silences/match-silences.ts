import type { SilenceMatcher } from "../../contracts/alerts.ts";

/** What silences look at of an alert; a row of `alerts` is one. */
export interface Silenceable {
  rule_id: string;
  name: string;
  metric: string;
  level: string;
  labels: Readonly<Record<string, string>>;
}

interface Matching {
  id: string;
  matchers: readonly SilenceMatcher[];
}

/** What a matcher compares; a label that an alert does not have is empty, as in Prometheus. */
function comparedOf(alert: Silenceable, label: string): string {
  switch (label) {
    case "rule":
      return alert.rule_id;
    case "metric":
    case "level":
    case "name":
      return alert[label];
    default:
      return Object.hasOwn(alert.labels, label) ? (alert.labels[label] ?? "") : "";
  }
}

/** Whether the whole of `text` is as the pattern says, where `*` is any text. Takes linear time in the text for each `*`. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last))
    return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

function matchesText({ operator, value }: SilenceMatcher, found: string): boolean {
  const values = typeof value === "string" ? [value] : value;
  switch (operator) {
    case "=":
      return values.includes(found);
    case "!=":
      return !values.includes(found);
    case "~":
      return values.some((pattern) => matchesPattern(pattern, found));
    case "!~":
      return !values.some((pattern) => matchesPattern(pattern, found));
  }
}

const matches = (matcher: SilenceMatcher, alert: Silenceable) =>
  matchesText(matcher, comparedOf(alert, matcher.label));

/** Whether a matcher holds for alerts that do not have its label: alone, it may hold for every alert there is. */
export const matchesAbsent = (matcher: SilenceMatcher): boolean => matchesText(matcher, "");

/** The ids of those of `silences` (which all last now) that hold an alert back: every matcher of one must hold. */
export function matchSilences(silences: readonly Matching[], alert: Silenceable): string[] {
  return silences
    .filter(({ matchers }) => matchers.every((matcher) => matches(matcher, alert)))
    .map(({ id }) => id);
}
