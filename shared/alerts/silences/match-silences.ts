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

function matches({ label, operator, value }: SilenceMatcher, alert: Silenceable): boolean {
  const found = comparedOf(alert, label);
  switch (operator) {
    case "=":
      return found === value;
    case "!=":
      return found !== value;
    case "~":
      return matchesPattern(value, found);
    case "!~":
      return !matchesPattern(value, found);
  }
}

/** The ids of those of `silences` (which all last now) that hold an alert back: every matcher of one must hold. */
export function matchSilences(silences: readonly Matching[], alert: Silenceable): string[] {
  return silences
    .filter(({ matchers }) => matchers.every((matcher) => matches(matcher, alert)))
    .map(({ id }) => id);
}
