import type { AlertRuleFields, TransitionReason } from "../../contracts/alerts.ts";
import type { MetricDefinition } from "../../contracts/metrics.ts";
import { isoTime } from "../../platform/clock.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { AppError } from "../../platform/errors.ts";
import { findMetric, isKnownNowOnly } from "../catalogue.ts";
import { signalSettingsOf, specOf } from "../engine/rule-spec.ts";
import { createSignal, historyNeeds } from "../engine/signals/create-signal.ts";
import type { MetricPoint } from "../engine/signals/point.ts";
import { initialState } from "../engine/step.ts";
import { Timeline } from "../engine/timeline.ts";
import type { Observation, Transition } from "../engine/types.ts";
import { type PastSeries, readPast } from "../sources/read-past.ts";
import type { History } from "../sources/source.ts";

/** Points to plot, of all series together. */
const MOST_POINTS = 1000;
/** Series that a rule without its labels is tried on. */
const MOST_SERIES = 10;

/** When a rule would have fired. Times are ISO 8601. */
export interface PreviewFiring {
  labels: Record<string, string>;
  /** When its condition began to hold. */
  started_at: string;
  fired_at: string;
  /** `null`: it would still stand. */
  resolved_at: string | null;
  resolved_reason: TransitionReason | null;
  /** That it would have fired with. */
  value: string | null;
}

export interface Preview {
  firings: PreviewFiring[];
  /** What the rule would have compared with its threshold; `null` where nothing is known. */
  series: { labels: Record<string, string>; points: { at: string; value: string | null }[] }[];
}

interface Span {
  /** Ms since 1970. */
  from: number;
  to: number;
  /** Whose readings and activity are looked at. */
  user_id: string;
}

/**
 * Runs a rule over what is stored, as it would have been evaluated live: the same history always gives the same firings.
 * @throws AppError `invalid_request` where the metric has no history, names no collection, or has too much for one look.
 */
export async function previewRule(
  ctx: Pick<Ctx, "db">,
  fields: AlertRuleFields,
  span: Span,
): Promise<Preview> {
  const definition = findMetric(fields.metric);
  if (definition === undefined || isKnownNowOnly(definition))
    throw refuse(
      "/metric",
      `${fields.metric} has no history; choose another metric, or make the rule and wait`,
    );
  if (definition.owner === "everyone" && fields.labels.collection === undefined)
    throw refuse("/labels/collection", "name one collection to try the rule on, such as cryptopunks");
  const settings = signalSettingsOf(definition, fields);
  const needs = historyNeeds(definition, settings);
  const past = await readPast(ctx.db, definition, { ...span, labels: fields.labels, most: MOST_SERIES });
  const preview: Preview = { firings: [], series: [] };
  for (const series of past) {
    // What happened at the very beginning is no history yet, so what was in force lies before it.
    const history = await series.read({ ...needs, from: span.from - needs.span_ms - 1 });
    const ran = runOver({ definition, fields, span, series, history, plotted: MOST_POINTS / past.length });
    preview.firings.push(...ran.firings);
    preview.series.push(ran.series);
  }
  preview.firings.sort((left, right) => (left.fired_at < right.fired_at ? -1 : 1));
  return preview;
}

const refuse = (pointer: string, message: string) =>
  new AppError("invalid_request", `This rule cannot be tried: ${message}.`, {
    details: [{ pointer, message }],
  });

interface Run {
  definition: MetricDefinition;
  fields: AlertRuleFields;
  span: Span;
  series: PastSeries;
  history: History;
  plotted: number;
}

function runOver({ definition, fields, span: { from, to }, series, history, plotted }: Run) {
  if ("error" in history) throw refuse("", history.error);
  const { labels } = series;
  const settings = signalSettingsOf(definition, fields);
  const before: MetricPoint[] = [];
  const during: MetricPoint[] = [];
  for (const point of history.points) if (point.at <= to) (point.at < from ? before : during).push(point);
  const known = { points: before, high: history.high, began_at: from };
  const signal = createSignal(definition, settings, known);
  const timeline = new Timeline(specOf("preview", fields), initialState(from), signal);
  const transitions: Transition[] = [];
  const points: { at: string; value: string | null }[] = [];
  const steps = Math.max(1, Math.floor(plotted) - 1);
  let next = 0;
  const goTo = (at: number) => {
    for (let point = during[next]; point !== undefined && point.at <= at; point = during[++next])
      transitions.push(...timeline.push(point));
    transitions.push(...timeline.advance(at));
  };
  // A window that ends at an instant does not hold what happens at it, as everywhere that a metric is read.
  const before_ms = definition.shape === "windowed" ? 1 : 0;
  const plot = (at: number, observation: Observation | null) =>
    points.push({ at: isoTime(at), value: observation?.kind === "value" ? observation.value : null });
  for (let step = 0; step <= steps; step++) {
    const at = from + Math.round(((to - from) * step) / steps);
    if (at - before_ms < from)
      plot(at, createSignal(definition, settings, known).at(at - before_ms).observation);
    else {
      goTo(at - before_ms);
      plot(at, timeline.observation);
    }
  }
  goTo(to);
  return { firings: firingsOf(labels, transitions), series: { labels, points } };
}

/** Episodes that fired; what was only pending is left out. */
function firingsOf(labels: Record<string, string>, transitions: readonly Transition[]): PreviewFiring[] {
  const firings: PreviewFiring[] = [];
  let started_at: string | null = null;
  let standing: PreviewFiring | null = null;
  for (const { to, at: instant, value, reason } of transitions) {
    const at = isoTime(instant);
    started_at ??= at;
    if (to === "active") {
      standing = { labels, started_at, fired_at: at, resolved_at: null, resolved_reason: null, value };
      firings.push(standing);
    } else if (to === "resolved") {
      if (standing !== null) Object.assign(standing, { resolved_at: at, resolved_reason: reason });
      standing = null;
      started_at = null;
    }
  }
  return firings;
}
