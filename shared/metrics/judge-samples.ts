import { isPushable } from "../alerts/catalogue.ts";
import { SampleInput } from "../contracts/metrics.ts";
import { canonicalMoney } from "../domain/money.ts";
import type { FieldError } from "../platform/errors.ts";
import { fieldErrors } from "../platform/zod-errors.ts";
import { canonicalLabels, type Labels, seriesKey } from "./series.ts";

/** A clock may be ahead by this much. */
export const LONGEST_AHEAD_MS = 5 * 60_000;

/** A reading that may be stored. `index`: where it stood in its push. */
export interface Sample {
  index: number;
  key: string;
  name: string;
  labels: Labels;
  value: string;
  /** Ms since 1970. */
  at: number;
  counter: boolean;
  /** Whether whoever sent it said what it is; what was not said is as the series is kept. */
  certain: boolean;
  unit: string | null;
}

export type Judgement =
  | { kind: "good"; sample: Sample }
  | { kind: "late" }
  | { kind: "rejected"; errors: FieldError[] };

const VALUE = 'must be a decimal string such as "-1.5", or a finite number below 1e21';

/** A union's own message says nothing of what would be right. */
const told = ({ pointer, message }: FieldError): FieldError => ({
  pointer,
  message: pointer === "/value" && message === "Invalid input" ? VALUE : message,
});

const refuse = (pointer: string, message: string): Judgement => ({
  kind: "rejected",
  errors: [{ pointer, message }],
});

/**
 * Prometheus' names of what only grows (https://prometheus.io/docs/practices/naming/,
 * https://prometheus.io/docs/instrumenting/exposition_formats/#histograms-and-summaries).
 */
const isNamedAsCounter = (name: string) => /_(?:total|bucket|count|sum)$/.test(name);

/** Whether a reading may be stored, by itself. `oldest`: what is older is not kept any more; ms since 1970. */
export function judgeSample(value: unknown, index: number, now: number, oldest: number): Judgement {
  const parsed = SampleInput.safeParse(value);
  if (!parsed.success) return { kind: "rejected", errors: fieldErrors(parsed.error).map(told) };
  const { name, labels, type } = parsed.data;
  if (!isPushable(name)) {
    const [prefix] = name.split(".");
    return refuse("/name", `must not begin with "${prefix}.": XSEMA counts these itself; take another name`);
  }
  if (name.startsWith("host.") && labels.host === undefined)
    return refuse("/labels/host", 'is missing: a reading of a host names it, such as { "host": "web-1" }');
  const at = parsed.data.at === undefined ? now : Date.parse(parsed.data.at);
  if (at > now + LONGEST_AHEAD_MS)
    return refuse("/at", "lies more than 5 minutes ahead; check the clock of what sends it");
  if (at < oldest) return { kind: "late" };
  const canonical = canonicalMoney(parsed.data.value);
  const certain = type !== "unknown";
  const counter = certain ? type === "counter" : isNamedAsCounter(name) && !canonical.startsWith("-");
  if (counter && canonical.startsWith("-"))
    return refuse("/value", 'must not be negative: a counter counts up from 0; send it as a "gauge"');
  const ordered = canonicalLabels(labels);
  const sample = {
    index,
    key: seriesKey(name, ordered),
    name,
    labels: ordered,
    value: canonical,
    at,
    counter,
    certain,
    unit: parsed.data.unit ?? null,
  };
  return { kind: "good", sample };
}
