import type { AlertRule } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { metricName, valueText } from "./metric-words.ts";
import { PHRASES, phraseOf, shownAmount } from "./rule-draft.ts";

type Sayable = Pick<
  AlertRule,
  "metric" | "labels" | "condition" | "operator" | "threshold" | "window" | "for"
>;

/** What a rule looks for, in a sentence without an end. */
export function sayRule(rule: Sayable, metric: MetricDefinition | undefined): string {
  const what = metricName(rule.metric);
  const of = Object.values(rule.labels).join(", ");
  const subject = subjectOf(rule.metric, metric);
  const about = `${what} of ${of === "" ? `every ${subject}` : of}`;
  const held = rule.for === "0s" ? "" : ` for ${rule.for}`;
  if (rule.condition === "absence") return `${about} has no data for ${rule.for}`;
  const phrase = phraseOf(rule);
  const { threshold } = rule;
  if (rule.condition === "change_percent") {
    if (phrase === "falls" || phrase === "rises")
      return `${about} ${phrase} by ${shownAmount(phrase, threshold)} % within ${rule.window ?? "?"}${held}`;
    return `${about} changes within ${rule.window ?? "?"} by ${rule.operator ?? "?"} ${threshold ?? "?"} %${held}`;
  }
  const words = phrase === null ? (rule.operator ?? "?") : PHRASES[phrase].words;
  const amount = threshold === null ? "?" : valueText(threshold, metric?.unit);
  const over = rule.window === null ? "" : ` over ${rule.window}`;
  return `${about}${over} ${words} ${amount}${held}`;
}

/** What a rule without labels is about. Readings of one's own may name no host, though one is looked for by it. */
function subjectOf(name: string, metric: MetricDefinition | undefined): string {
  const subject = metric?.subject ?? "series";
  return subject === "host" && !name.startsWith("host.") ? "series" : subject;
}

/** What became of a rule's alerts, in a few words. */
export function sayState({ enabled, armed, error, states }: AlertRule): string {
  if (!enabled) return "off";
  if (error !== null) return "cannot be evaluated";
  const standing = [
    states.active > 0 && `${states.active} active`,
    states.acknowledged > 0 && `${states.acknowledged} acknowledged`,
    states.pending > 0 && `${states.pending} pending`,
  ].filter((words) => words !== false);
  if (standing.length > 0) return standing.join(", ");
  return armed ? "watching" : "has fired once, not armed";
}

/** Why a rule cannot be evaluated. */
export function sayRuleError(error: string): string {
  if (error.startsWith("Its window holds more than"))
    return "Too much happens within its window to look at it all. Choose a shorter one.";
  return "It cannot be evaluated at the moment. Change it, or make another.";
}
