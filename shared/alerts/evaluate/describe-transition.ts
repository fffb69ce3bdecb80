import type { MetricUnit } from "../../contracts/metrics.ts";
import { isoTime } from "../../platform/clock.ts";
import type { InstanceChange } from "../commit/changes.ts";
import { renderMessage } from "../engine/template.ts";
import type { Transition } from "../engine/types.ts";

/** What a transition says in words, as its rule's owner wants it said. Prices are in `currency`, readings in `unit`. */
export function describeTransition(
  { rule, labels }: Pick<InstanceChange, "rule" | "labels">,
  { at, value, reason }: Transition,
  { currency, unit }: { currency: string | null; unit: MetricUnit | null },
): string {
  const health = reason === "no_data" || reason === "error" ? reason : "ok";
  const { fields } = rule;
  return renderMessage(fields.message, { fields, labels, value, health, at: isoTime(at), currency, unit });
}
