import { BrokenSignal } from "../engine/signals/broken-signal.ts";
import { createSignal } from "../engine/signals/create-signal.ts";
import type { MetricPoint } from "../engine/signals/point.ts";
import type { Signal } from "../engine/types.ts";
import type { History } from "../sources/source.ts";
import type { PlannedGroup } from "./plan-groups.ts";

/** A signal that has seen all that is history to a group, or one that says why its metric cannot be read. */
export function openSignal(
  { stream, settings, instances }: PlannedGroup,
  history: History | undefined,
  before: readonly MetricPoint[],
): { signal: Signal<MetricPoint>; error: string | null } {
  if (history === undefined || "error" in history) {
    const why = history?.error ?? "Its history cannot be read.";
    return { signal: new BrokenSignal(why), error: why };
  }
  const began_at = instances.reduce(
    (least, { rule }) => Math.min(least, rule.enabled_at),
    Number.POSITIVE_INFINITY,
  );
  const points = [...history.points, ...before];
  return {
    signal: createSignal(stream.definition, settings, { points, high: history.high, began_at }),
    error: null,
  };
}
