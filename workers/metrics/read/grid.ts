import { isKnownNowOnly } from "../../../shared/alerts/catalogue.ts";
import { formatDuration, parseDuration } from "../../../shared/contracts/duration.ts";
import type { MetricDefinition, MetricSeries } from "../../../shared/contracts/metrics.ts";
import { parseBounds, SpanError } from "../../../shared/domain/span.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import { AppError } from "../../../shared/platform/errors.ts";
import type { QueryParameters } from "./schema.ts";

const MINUTE = 60_000;
const DAY = 86_400_000;
const MOST_POINTS = 2000;
/** Of those, how many there are where no step is named. */
const GOOD_POINTS = 500;
/** Stretches that figures are put together from. */
const MOST_STRETCHES = 100_000;
const STEPS = [
  1000,
  5000,
  15_000,
  30_000,
  MINUTE,
  5 * MINUTE,
  15 * MINUTE,
  60 * MINUTE,
  240 * MINUTE,
  DAY,
  7 * DAY,
];

/** The instants that a series is asked for, and what each looks back over. Milliseconds. */
export interface Grid {
  /** Whole steps since 1970, oldest first. */
  times: number[];
  step: number;
  /** A point at `t` counts what happened in [t - window, t), and averages readings of (t - window, t]. */
  window: number;
  /** Divides step and window: figures of such stretches make up every point. */
  stretch: number;
}

/** Values, one for each of the grid's times, as they are answered. */
export const pointsOf = ({ times }: Grid, values: readonly (string | null)[]): MetricSeries["points"] =>
  times.map((time, i) => ({ at: isoTime(time), value: values[i] ?? null }));

export const refuse = (parameter: string, message: string) =>
  new AppError("invalid_request", `${parameter} ${message}.`, {
    details: [{ pointer: `?${parameter}`, message }],
  });

function boundsOf({ from, to }: Pick<QueryParameters, "from" | "to">) {
  try {
    return parseBounds({ from, to });
  } catch (error) {
    if (!(error instanceof SpanError)) throw error;
    throw refuse(error.field, error.message);
  }
}

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** Figures of the market are kept by whole minutes, hours and days (UTC). */
function rollupStretch(step: number, window: number): number {
  const found = [DAY, 60 * MINUTE, MINUTE].find((grain) => step % grain === 0 && window % grain === 0);
  if (found === undefined) throw refuse(step % MINUTE === 0 ? "window" : "step", "must be whole minutes");
  return found;
}

/** Plans a series. Throws `invalid_request` where there would be too many points, or none of what is asked can be. */
export function planGrid(
  asked: Pick<QueryParameters, "from" | "to" | "step" | "window">,
  definition: MetricDefinition,
  now: number,
): Grid {
  const market = definition.owner === "everyone";
  if (asked.window !== undefined && definition.shape === "step")
    throw refuse("window", `must be left out: ${definition.name} is what it is at an instant`);
  const bounds = boundsOf(asked);
  const to = Math.min(bounds.to ?? now, now);
  const from = bounds.from ?? to - DAY;
  if (from >= to) throw refuse("from", "must lie before to, and before now");
  // Without a history there is one point to give: the present.
  if (isKnownNowOnly(definition)) return { times: to === now ? [now] : [], step: 0, window: 0, stretch: 0 };
  const least = market ? MINUTE : 1000;
  const fitting = STEPS.find((step) => step >= least && (to - from) / step <= GOOD_POINTS);
  const step =
    asked.step === undefined ? (fitting ?? Math.ceil((to - from) / GOOD_POINTS / DAY) * DAY) : ms(asked.step);
  const window = ms(asked.window ?? definition.default_window) || step;
  const first = Math.ceil(from / step) * step;
  const count = Math.floor((to - first) / step) + 1;
  if (count > MOST_POINTS)
    throw refuse(
      "step",
      `makes more than ${MOST_POINTS} points; choose at least ${formatDuration(Math.ceil((to - from) / MOST_POINTS / 1000) * 1000)}`,
    );
  const stretch = market ? rollupStretch(step, window) : divisor(step, window);
  if ((to - from + window) / stretch > MOST_STRETCHES)
    throw refuse(
      "window",
      `does not go with a step of ${formatDuration(step)} over so long a time; make the step longer`,
    );
  return {
    times: Array.from({ length: Math.max(0, count) }, (_, i) => first + i * step),
    step,
    window,
    stretch,
  };
}

const ms = (duration: string | null) => (duration === null ? 0 : (parseDuration(duration) ?? 0));
