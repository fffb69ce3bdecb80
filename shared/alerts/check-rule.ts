import type { AlertRuleFields } from "../contracts/alerts.ts";
import { parseDuration } from "../contracts/duration.ts";
import type { MetricDefinition } from "../contracts/metrics.ts";
import { compareMoney } from "../domain/money.ts";
import type { FieldError } from "../platform/errors.ts";
import { findMetric, hasFreeLabels, isKnownNowOnly, RESERVED_PREFIXES } from "./catalogue.ts";

const LABEL_PLACEHOLDER = /\{\{\s*labels\.([a-z_][a-z0-9_]*)\s*\}\}/g;
/** What alerts may be grouped by beside labels. */
const GROUPINGS = ["rule", "metric", "level"];

const listed = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");

/**
 * Which fields of a rule do not belong together, each with what would be right; none: the rule can be kept. What one
 * field alone may hold is the contract's (`AlertRuleFields`).
 */
export function checkRule(fields: AlertRuleFields): FieldError[] {
  const definition = findMetric(fields.metric);
  if (definition === undefined) return [unknownMetric(fields.metric)];
  return [
    ...checkLabels(fields, definition),
    ...(fields.condition === "absence" ? checkAbsence(fields) : checkComparison(fields)),
    ...checkWindow(fields, definition),
    ...checkGrouping(fields, definition),
  ];
}

function unknownMetric(name: string): FieldError {
  return {
    pointer: "/metric",
    message: `there is no metric "${name}"; GET /api/v1/metrics/catalogue lists those there are, and one of your own must not begin with ${RESERVED_PREFIXES.map((prefix) => `"${prefix}."`).join(", ")}`,
  };
}

function checkLabels({ labels, message }: AlertRuleFields, definition: MetricDefinition): FieldError[] {
  if (hasFreeLabels(definition)) return [];
  const known = (label: string) => definition.labels.includes(label);
  const has = `${definition.name} has ${listed(definition.labels)}`;
  const errors = Object.keys(labels)
    .filter((label) => !known(label))
    .map((label) => ({ pointer: `/labels/${label}`, message: `is no label of the metric: ${has}` }));
  for (const [, label = ""] of (message ?? "").matchAll(LABEL_PLACEHOLDER))
    if (!known(label))
      errors.push({
        pointer: "/message",
        message: `names {{labels.${label}}}, which is no label of the metric: ${has}`,
      });
  return errors;
}

function checkAbsence(fields: AlertRuleFields): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ["operator", "threshold", "clear_threshold"] as const)
    if (fields[field] !== null)
      errors.push({ pointer: `/${field}`, message: "must be left out for absence, which compares nothing" });
  if (parseDuration(fields.for) === 0)
    errors.push({
      pointer: "/for",
      message: 'must say how long nothing may come, such as "10m": absence fires after that',
    });
  return errors;
}

function checkComparison(fields: AlertRuleFields): FieldError[] {
  const { condition, operator, threshold, clear_threshold } = fields;
  const errors: FieldError[] = [];
  if (operator === null)
    errors.push({
      pointer: "/operator",
      message: `must be one of <, <=, >, >=, ==, != for the condition ${condition}`,
    });
  if (threshold === null)
    errors.push({
      pointer: "/threshold",
      message:
        condition === "change_percent"
          ? 'must be a percentage, such as "-10" for ten percent less'
          : 'must be the number to compare with, such as "40"',
    });
  if (operator === null || threshold === null || clear_threshold === null) return errors;
  const side = compareMoney(clear_threshold, threshold);
  const above = operator === ">" || operator === ">=";
  const wrong = (message: string) => errors.push({ pointer: "/clear_threshold", message });
  if (operator === "==" || operator === "!=")
    wrong(`must be left out with ${operator}; it goes with <, <=, > and >=`);
  else if (above && side > 0)
    wrong(`must be at most the threshold (${threshold}): what fires above it clears below`);
  else if (!above && side < 0)
    wrong(`must be at least the threshold (${threshold}): what fires below it clears above`);
  return errors;
}

function checkWindow({ condition, window }: AlertRuleFields, definition: MetricDefinition): FieldError[] {
  const { name, shape } = definition;
  if (condition !== "value" && isKnownNowOnly(definition))
    return [{ pointer: "/condition", message: `must be "value": ${name} is known only as it is now` }];
  const wrong = (message: string) => [{ pointer: "/window", message }];
  if (condition === "change_percent")
    return window === null ? wrong('must say since when the change is counted, such as "1h"') : [];
  if (window === null) return [];
  if (condition === "absence")
    return wrong('must be left out for absence; "for" says how long nothing may come');
  if (shape === "step")
    return wrong(
      `must be left out: ${name} has one value at any time; a window goes with the condition "change_percent"`,
    );
  return [];
}

function checkGrouping({ group_by }: AlertRuleFields, definition: MetricDefinition): FieldError[] {
  if (hasFreeLabels(definition)) return [];
  const known = [...GROUPINGS, ...definition.labels];
  return group_by.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [{ pointer: `/group_by/${index}`, message: `must be one of ${listed(known)}` }],
  );
}
