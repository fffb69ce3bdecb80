import type { AlertOperator, AlertRule, AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { readNumber } from "../forms/read-number.ts";

interface Phrase {
  words: string;
  condition: AlertRuleFields["condition"];
  operator: AlertOperator | null;
}

/** What "alert me when a metric …" can say. */
export const PHRASES = {
  below: { words: "is below", condition: "value", operator: "<" },
  above: { words: "is above", condition: "value", operator: ">" },
  falls: { words: "falls by % within", condition: "change_percent", operator: "<=" },
  rises: { words: "rises by % within", condition: "change_percent", operator: ">=" },
  absent: { words: "has no data for", condition: "absence", operator: null },
  at_most: { words: "is at most", condition: "value", operator: "<=" },
  at_least: { words: "is at least", condition: "value", operator: ">=" },
  equal: { words: "is exactly", condition: "value", operator: "==" },
  unequal: { words: "is other than", condition: "value", operator: "!=" },
} as const satisfies Record<string, Phrase>;

export type PhraseName = keyof typeof PHRASES;
export const PHRASE_NAMES: readonly PhraseName[] = [
  "below",
  "above",
  "falls",
  "rises",
  "absent",
  "at_most",
  "at_least",
  "equal",
  "unequal",
];

type Said = Pick<AlertRule, "condition" | "operator" | "threshold">;

/** How a rule is said; `null` where the form has no words for it, such as a fall of less than some percent. */
export function phraseOf({ condition, operator, threshold }: Said): PhraseName | null {
  if (condition === "absence") return "absent";
  if (condition === "change_percent") {
    const negative = threshold?.startsWith("-") === true;
    if (negative && (operator === "<=" || operator === "<")) return "falls";
    if (!negative && (operator === ">=" || operator === ">")) return "rises";
    return null;
  }
  return (
    PHRASE_NAMES.find((name) => {
      const phrase: Phrase = PHRASES[name];
      return phrase.condition === "value" && phrase.operator === operator;
    }) ?? null
  );
}

/** A fall is written without its sign. */
export function shownAmount(phrase: PhraseName | null, amount: string | null): string {
  if (amount === null) return "";
  return phrase === "falls" ? amount.replace(/^-/, "") : amount;
}

/** A number as it was typed; empty is none. Throws where nobody can be sure which number is meant. */
function readAmount(phrase: PhraseName, field: string, typed: string): string | null {
  const amount = readNumber(field, typed);
  if (amount === null) return null;
  return phrase === "falls" && !amount.startsWith("-") ? `-${amount}` : amount;
}

const orNull = (typed: string) => (typed.trim() === "" ? null : typed.trim());
const orZero = (typed: string) => orNull(typed) ?? "0s";

/** Says what a rule does, where no name was given to it. */
function nameFor(
  what: string,
  phrase: PhraseName,
  { value, threshold }: { value: (name: string) => string; threshold: string | null },
): string {
  const { words } = PHRASES[phrase];
  const amount = shownAmount(phrase, threshold);
  if (phrase === "absent") return `${what} has no data for ${value("for").trim()}`;
  if (phrase === "falls" || phrase === "rises")
    return `${what} ${phrase} by ${amount} % within ${value("window").trim()}`;
  return `${what} ${words} ${amount}`;
}

interface Choices {
  phrase: PhraseName;
  /** The metric in words. */
  what: string;
  /** The label that the metric's series are found by. */
  subject: string | null;
  /** Of the rule that is changed; its other labels, and an operator that says the same, stay. */
  before: AlertRule | null;
}

/** The body of a request for a rule, from what the form holds. */
export function readDraft(
  value: (name: string) => string,
  all: (name: string) => string[],
  { phrase, what, subject, before }: Choices,
) {
  const { condition, operator } = PHRASES[phrase];
  // What was chosen by its name is sent as what it is known by.
  const named = (value("chosen_subject") || value("labels")).trim();
  const kept = before?.metric === value("metric") ? { ...before.labels } : {};
  if (subject !== null) delete kept[subject];
  const labels = subject !== null && named !== "" ? { ...kept, [subject]: named } : kept;
  const compared = condition !== "absence";
  const channels = all("channels");
  const inAll = named === "" ? what : `${what} of ${named}`;
  const threshold = compared ? readAmount(phrase, "threshold", value("threshold")) : null;
  return {
    name: orNull(value("name")) ?? nameFor(inAll, phrase, { value, threshold }).slice(0, 100),
    metric: value("metric"),
    labels,
    condition,
    operator: before !== null && phraseOf(before) === phrase ? before.operator : operator,
    threshold,
    clear_threshold: compared ? readAmount(phrase, "clear_threshold", value("clear_threshold")) : null,
    window: orNull(value("window")),
    for: orZero(value("for")),
    keep_firing_for: orZero(value("keep_firing_for")),
    cooldown: orZero(value("cooldown")),
    level: value("level"),
    channels: channels.length > 0 || before?.channels?.length === 0 ? channels : null,
    message: orNull(value("message")),
    active_hours:
      value("active_hours") === ""
        ? null
        : {
            days: all("active_days"),
            start: value("active_start"),
            end: value("active_end"),
            time_zone: value("active_zone"),
          },
    one_shot: value("one_shot") !== "",
    no_data: value("no_data"),
    repeat_interval: value("repeat_interval"),
  };
}
