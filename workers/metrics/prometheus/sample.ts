import { SampleInput } from "../../../shared/contracts/metrics.ts";
import { LAST_INSTANT } from "../../../shared/domain/span.ts";
import type { Labels } from "../../../shared/metrics/series.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { labelName, metricName } from "../otlp/names.ts";
import { decimalOf } from "../otlp/point.ts";

/** A sample as Prometheus has it. */
export interface GivenSample {
  name: string;
  labels: readonly (readonly [name: string, value: string])[];
  /** Text where it was written as text. */
  value: number | string;
  /** Ms since 1970; now where it is left out. */
  at?: number | undefined;
  type: SampleInput["type"];
  unit?: string | undefined;
}

export type PushedSample = Pick<SampleInput, "name" | "labels" | "type" | "unit"> & {
  value: string;
  at?: string;
};

/** A unit that a name ends with (https://prometheus.io/docs/practices/naming/#base-units). */
const UNIT_IN_NAME = /_(seconds|bytes|ratio|celsius|percent)(?:_total|_sum)?$/;

/** The unit that was sent with a metric, or else the one that its name ends with. */
export function unitOf(name: string, unit: string | undefined): { unit?: string } {
  const known = unit === undefined || unit === "" ? UNIT_IN_NAME.exec(name)?.[1] : unit;
  return known === undefined || !SampleInput.shape.unit.safeParse(known).success ? {} : { unit: known };
}

/** Labels under names that they can have here; an empty value is none. Text says why they cannot be kept. */
export function pushedLabels(given: GivenSample["labels"]): Labels | string {
  const labels = new Map<string, string>();
  for (const [key, value] of given) {
    if (value === "") continue;
    const name = labelName(key);
    if (name === "") return "has a label without a name";
    if (name === "__proto__") return `has a label ${key}, which no label can be called`;
    if (labels.has(name)) return `has two labels ${name}`;
    labels.set(name, value);
  }
  return Object.fromEntries(labels);
}

/**
 * A sample of Prometheus' as one that can be pushed, or why it cannot be. `null`: NaN, which says that there is no value;
 * one such NaN marks that a series has ended.
 */
export function toPushed(given: GivenSample): PushedSample | { refused: string } | null {
  const { at, type } = given;
  if (Number.isNaN(given.value)) return null;
  if (given.name === "") return { refused: "has no name" };
  const value = decimalOf(given.value);
  if (value === null) return { refused: "is not a finite number in decimals" };
  if (at !== undefined && !(at > 0 && at <= LAST_INSTANT)) return { refused: "has no time that can be" };
  const labels = pushedLabels(given.labels);
  if (typeof labels === "string") return { refused: labels };
  return {
    name: metricName(given.name),
    labels,
    value,
    type,
    ...(at !== undefined && { at: isoTime(at) }),
    ...unitOf(given.name, given.unit),
  };
}
