import { findMetric } from "../../../shared/alerts/catalogue.ts";
import type { MetricPoint } from "../../../shared/alerts/engine/signals/point.ts";
import type { SalePoint, Transition } from "../../../shared/alerts/engine/types.ts";
import type { AlertRuleFields } from "../../../shared/contracts/alerts.ts";
import { parseDuration } from "../../../shared/contracts/duration.ts";
import { NaiveMachine, type Seen, UNIT, unitsOf } from "./naive-machine.ts";

const LIFE = 300_000;
const DAY = 86_400_000;

export interface NaiveRule {
  id: string;
  fields: AlertRuleFields;
}

interface Known {
  rule: NaiveRule;
  window: number;
  machine: NaiveMachine;
  clock: number;
}

/** Half to even, as figures are rounded. */
function quotient(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [size, by] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const twice = (size % by) * 2n;
  let whole = size / by;
  if (twice > by || (twice === by && whole % 2n === 1n)) whole++;
  return negative ? -whole : whole;
}

const priceOf = ({ price }: SalePoint) => (price === null ? null : unitsOf(price));
const total = (sales: readonly SalePoint[]) =>
  sales.reduce((sum, sale) => sum + (priceOf(sale) ?? 0n) * BigInt(sale.items), 0n);

function washed(sales: readonly SalePoint[]): SalePoint[] {
  return sales.filter(
    ({ token_id, buyer, seller }, index) =>
      buyer !== null &&
      (buyer === seller ||
        (token_id !== null &&
          sales.some(
            (other, place) => place < index && other.token_id === token_id && other.seller === buyer,
          ))),
  );
}

/** A windowed metric over the points of (t - window, t], in their order; `before`: all older ones. */
function figure(metric: string, points: readonly MetricPoint[], before: readonly MetricPoint[]): Seen {
  if (metric === "activity.count") return BigInt(points.length) * UNIT;
  const sales = points.filter((point) => "price" in point);
  if (metric === "market.sales") return BigInt(sales.length) * UNIT;
  const volume = total(sales);
  if (metric === "market.volume") return volume;
  const priced = sales.flatMap((sale) => priceOf(sale) ?? []);
  if (metric === "market.record_sales") {
    let records = 0n;
    let high = before.flatMap((point) => ("price" in point ? (priceOf(point) ?? []) : []));
    for (const price of priced) {
      if (high.length > 0 && high.every((other) => price > other)) records++;
      high = [...high.filter((other) => other > price), price];
    }
    return records * UNIT;
  }
  if (metric === "market.wash_trade_share")
    return volume === 0n ? "no_data" : quotient(total(washed(sales)) * 100n * UNIT, volume);
  if (priced.length === 0) return "no_data";
  if (metric === "market.top_sale") return priced.reduce((top, price) => (price > top ? price : top));
  const items = sales.reduce((sum, sale) => sum + (sale.price === null ? 0n : BigInt(sale.items)), 0n);
  return quotient(volume, items);
}

function percent(value: Seen, reference: Seen): Seen {
  if (typeof value !== "bigint" || typeof reference !== "bigint" || reference === 0n) return "no_data";
  return quotient((value - reference) * 100n * UNIT, reference < 0n ? -reference : reference);
}

/** What a rule looks at, worked out from everything that was ever said. `points` in the order of their instants. */
function observe(rule: AlertRuleFields, window: number, points: readonly MetricPoint[], t: number): Seen {
  const { metric, condition } = rule;
  const shape = findMetric(metric)?.shape;
  if (condition === "absence") {
    const last = points.findLast((point) => point.at <= t);
    return last === undefined || t - last.at >= (parseDuration(rule.for) ?? 0) ? "no_data" : 1n;
  }
  const within = (end: number) => points.filter(({ at }) => at > end - window && at <= end);
  const windowed = (end: number) =>
    figure(
      metric,
      within(end),
      points.filter(({ at }) => at <= end - window),
    );
  const inForce = (end: number): Seen => {
    const said = points.filter((point) => !("price" in point && point.price === null));
    const newest = said.findLast(({ at }) => at <= end);
    if (newest === undefined || (shape === "sampled" && end - newest.at > LIFE)) return "no_data";
    const value = "price" in newest ? newest.price : "value" in newest ? newest.value : null;
    return value === null ? "no_data" : unitsOf(value);
  };
  const read = shape === "windowed" ? windowed : inForce;
  if (condition === "change_percent") return percent(read(t), read(t - window));
  if (shape !== "sampled" || window === 0) return read(t);
  const values = within(t).flatMap((point) =>
    "value" in point && point.value !== null ? unitsOf(point.value) : [],
  );
  if (values.length === 0) return "no_data";
  return quotient(
    values.reduce((sum, value) => sum + value, 0n),
    BigInt(values.length),
  );
}

/** Daily hours in UTC, which is all that this evaluator knows of them. */
function utcHours({ active_hours }: AlertRuleFields) {
  const minute = (clock: string) => Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3));
  return (t: number) => {
    if (active_hours === null) return { on: true, edge: null };
    const [start, end] = [minute(active_hours.start), minute(active_hours.end)];
    const now = (t % DAY) / 60_000;
    const on = start < end ? now >= start && now < end : now >= start || now < end;
    const midnight = t - (t % DAY);
    const edges = [start, end, start + 1440, end + 1440].map((at) => midnight + at * 60_000);
    return { on, edge: Math.min(...edges.filter((at) => at > t)) };
  };
}

/** Scans every rule at every point, and works everything out anew from the whole history each time. */
export class NaiveEvaluator {
  readonly #points: MetricPoint[] = [];
  readonly #rules: Known[];

  constructor(rules: readonly NaiveRule[], clock: number) {
    this.#rules = rules.map((rule) => {
      const text = rule.fields.window ?? findMetric(rule.fields.metric)?.default_window ?? "0s";
      const machine = new NaiveMachine(rule.fields, utcHours(rule.fields));
      return { rule, window: parseDuration(text) ?? 0, machine, clock };
    });
  }

  push(point: MetricPoint): { id: string; transition: Transition }[] {
    const transitions = this.advance(point.at);
    const place = this.#points.findLastIndex(({ at }) => at <= point.at) + 1;
    this.#points.splice(place, 0, point);
    for (const known of this.#rules) transitions.push(...this.#look(known, Math.max(known.clock, point.at)));
    return transitions;
  }

  advance(to: number): { id: string; transition: Transition }[] {
    return this.#rules.flatMap((known) => {
      const transitions = this.#look(known, known.clock);
      for (let next = this.#next(known); next <= to; next = this.#next(known))
        transitions.push(...this.#look(known, next));
      known.clock = Math.max(known.clock, to);
      return transitions;
    });
  }

  /** The next instant at which a point may enter, leave or grow old, or the machine waits for. */
  #next({ rule, window, machine, clock }: Known): number {
    let next = Math.min(...machine.timers(clock), Number.POSITIVE_INFINITY);
    const absent = rule.fields.condition === "absence" ? (parseDuration(rule.fields.for) ?? 0) : 0;
    for (const { at } of this.#points)
      for (const candidate of [
        at,
        at + window,
        at + 2 * window,
        at + absent,
        at + LIFE + 1,
        at + window + LIFE + 1,
      ])
        if (candidate > clock && candidate < next) next = candidate;
    return next;
  }

  #look(known: Known, t: number) {
    known.clock = t;
    const { rule, window, machine } = known;
    const seen = observe(rule.fields, window, this.#points, t);
    return machine.look(t, seen).map((transition) => ({ id: rule.id, transition }));
  }
}
