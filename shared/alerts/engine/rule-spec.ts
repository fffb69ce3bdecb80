import type { AlertCondition, AlertRuleFields } from "../../contracts/alerts.ts";
import { parseDuration } from "../../contracts/duration.ts";
import type { MetricDefinition } from "../../contracts/metrics.ts";
import type { RuleSpec } from "./types.ts";

/** How a metric is looked at; rules that do it alike share one signal. Durations in ms. */
export interface SignalSettings {
  condition: AlertCondition;
  /** Of windowed metrics, of changes and of means; otherwise `null`. */
  window_ms: number | null;
  /** For `absence`: how long nothing may come. Otherwise 0, as the wait is the machine's. */
  absent_ms: number;
}

const msOf = (text: string | null) => (text === null ? null : parseDuration(text));

/** What the machine needs of a rule's fields (checked by the contract and by `checkRule`). */
export function specOf(id: string, fields: AlertRuleFields): RuleSpec {
  const { condition, operator, threshold, clear_threshold, one_shot, no_data, on_error, active_hours } =
    fields;
  return {
    ...{ id, condition, operator, threshold, clear_threshold, one_shot, no_data, on_error, active_hours },
    for_ms: msOf(fields.for) ?? 0,
    keep_firing_for_ms: msOf(fields.keep_firing_for) ?? 0,
    cooldown_ms: msOf(fields.cooldown) ?? 0,
    expires_at: fields.expires_at === null ? null : Date.parse(fields.expires_at),
  };
}

/** How a rule looks at its metric. */
export function signalSettingsOf(
  definition: Pick<MetricDefinition, "shape" | "default_window">,
  fields: Pick<AlertRuleFields, "condition" | "window" | "for">,
): SignalSettings {
  const { condition } = fields;
  if (condition === "absence") return { condition, window_ms: null, absent_ms: msOf(fields.for) ?? 0 };
  const window = fields.window ?? (definition.shape === "windowed" ? definition.default_window : null);
  return { condition, window_ms: msOf(window), absent_ms: 0 };
}

/** The same text for rules on one metric that can share a signal. */
export const signalKey = ({ condition, window_ms, absent_ms }: SignalSettings) =>
  `${condition}:${window_ms ?? ""}:${absent_ms}`;
