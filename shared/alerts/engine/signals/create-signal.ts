import type { MetricDefinition } from "../../../contracts/metrics.ts";
import type { SignalSettings } from "../rule-spec.ts";
import type { SalePoint, Signal } from "../types.ts";
import { AbsenceSignal } from "./absence-signal.ts";
import { AveragePrice, Count, Mean, TopSale, Volume } from "./aggregates.ts";
import { type MetricPoint, saleOf } from "./point.ts";
import { RecordSignal } from "./record-signal.ts";
import type { Aggregate } from "./sliding-window.ts";
import { READING_LIFE_MS, ReadingsSignal, ValueSignal } from "./value-signal.ts";
import { WashShare } from "./wash-share.ts";
import { type WindowedSettings, WindowedSignal } from "./windowed-signal.ts";

type Definition = Pick<MetricDefinition, "name" | "shape">;

/** Where a signal begins: with what was there before the first point that rules look at. */
export interface SignalHistory {
  /** In the order of their numbers, as far back as `historyNeeds` says. */
  points: Iterable<MetricPoint>;
  /** For `market.record_sales`: highest price per item before those; `null`: there was no sale. */
  high?: string | null;
  /** For `absence`, where nothing ever came: since when the rule waits (ms since 1970). */
  began_at?: number | null;
}

/** What of the past a signal needs to go on at `clock` as if it had been there all the time. */
export interface HistoryNeeds {
  /** All points in (clock - span, clock]. */
  span_ms: number;
  /** And the newest one at or before clock - span. */
  one_before: boolean;
  /** And the highest price at or before clock - span. */
  high: boolean;
}

const FIGURES: Record<string, () => Aggregate<SalePoint>> = {
  "market.sales": () => new Count(),
  "market.volume": () => new Volume(),
  "market.average_price": () => new AveragePrice(),
  "market.top_sale": () => new TopSale(),
  "market.wash_trade_share": () => new WashShare(),
};
const RECORDS = "market.record_sales";

export function historyNeeds({ name, shape }: Definition, settings: SignalSettings): HistoryNeeds {
  const { condition } = settings;
  if (condition === "absence") return { span_ms: 0, one_before: true, high: false };
  const window = settings.window_ms ?? 0;
  const change = condition === "change_percent";
  if (shape === "windowed")
    return { span_ms: change ? 2 * window : window, one_before: false, high: name === RECORDS };
  // What was in force at the beginning of the window.
  if (shape === "step" || change) return { span_ms: window, one_before: true, high: false };
  return { span_ms: window === 0 ? READING_LIFE_MS + 1 : window, one_before: false, high: false };
}

/** What a metric says while time passes, for all rules that look at it in the same way (`signalKey`). */
export function createSignal(
  definition: Definition,
  settings: SignalSettings,
  history: SignalHistory,
): Signal<MetricPoint> {
  const signal = emptySignal(definition, settings, history);
  for (const point of history.points) signal.push(point);
  return signal;
}

function emptySignal(
  { name, shape }: Definition,
  { condition, window_ms, absent_ms }: SignalSettings,
  { high = null, began_at = null }: SignalHistory,
): Signal<MetricPoint> {
  if (condition === "absence") return new AbsenceSignal(absent_ms, began_at);
  const change = condition === "change_percent";
  if (shape === "windowed")
    return windowedSignal(name, { window_ms: windowOf(name, window_ms), change }, high);
  const life = shape === "sampled" ? READING_LIFE_MS : null;
  if (change) return new ValueSignal({ life, change_ms: windowOf(name, window_ms) });
  if (shape === "sampled" && window_ms !== null) return new ReadingsSignal(new Mean(), window_ms);
  return new ValueSignal({ life, change_ms: null });
}

function windowedSignal(name: string, settings: WindowedSettings, high: string | null): Signal<MetricPoint> {
  if (name === RECORDS) return ofSales(new RecordSignal(settings, high));
  const figure = FIGURES[name];
  if (figure !== undefined) return ofSales(new WindowedSignal(figure, settings));
  return new WindowedSignal<MetricPoint>(() => new Count(), settings);
}

const ofSales = (signal: Signal<SalePoint>): Signal<MetricPoint> => ({
  push: (point) => signal.push(saleOf(point)),
  at: (t) => signal.at(t),
});

function windowOf(name: string, window_ms: number | null): number {
  if (window_ms === null) throw new TypeError(`${name} cannot be looked at without a window.`);
  return window_ms;
}
