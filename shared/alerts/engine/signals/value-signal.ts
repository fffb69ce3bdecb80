import type { Observation, Signal, ValuePoint } from "../types.ts";
import { changeInPercent, observed } from "./change.ts";
import { LateValues, lowerOf } from "./late-values.ts";
import { earlier, endOf, type MetricPoint, valueOfPoint } from "./point.ts";
import { type Aggregate, SlidingWindow } from "./sliding-window.ts";
import { ValueLog } from "./value-log.ts";

/** How long a reading is known after it was taken; it still is at the last millisecond. */
export const READING_LIFE_MS = 5 * 60_000;

/** A value as it was `lag` ms ago. */
class Lagging {
  readonly #log: ValueLog;
  readonly #late: LateValues;
  readonly #lag: number;
  readonly #life: number | null;

  constructor(lag: number, life: number | null) {
    this.#log = new ValueLog(lag);
    this.#late = new LateValues(lag);
    this.#lag = lag;
    this.#life = life;
  }

  push(point: ValuePoint): void {
    if (!this.#late.take(point)) this.#log.push(point);
  }

  at(t: number): { value: string | null; next_at: number | null } {
    const told = this.#told(t);
    const late = this.#late.at(t);
    return {
      value: [told.value, late.value].reduce(lowerOf),
      next_at: earlier(told.next_at, late.next_at),
    };
  }

  #told(t: number): { value: string | null; next_at: number | null } {
    const { point, next_at } = this.#log.at(t);
    if (point === undefined || point.value === null) return { value: null, next_at };
    if (this.#life === null) return { value: point.value, next_at };
    const stale_at = point.at + this.#lag + this.#life + 1;
    if (t >= stale_at) return { value: null, next_at };
    return { value: point.value, next_at: earlier(next_at, stale_at) };
  }
}

/** A metric whose newest value counts: for ever (step), or for `life` ms (readings). With a window, its change since then. */
export class ValueSignal implements Signal<MetricPoint> {
  readonly #now: Lagging;
  readonly #reference: Lagging | null;

  constructor({ life, change_ms }: { life: number | null; change_ms: number | null }) {
    this.#now = new Lagging(0, life);
    this.#reference = change_ms === null ? null : new Lagging(change_ms, life);
  }

  push(point: MetricPoint): void {
    const value = valueOfPoint(point);
    if (value === undefined) return;
    const until = endOf(point);
    const known = { at: point.at, value, ...(until !== null && { until }) };
    this.#now.push(known);
    this.#reference?.push(known);
  }

  at(t: number): { observation: Observation; next_at: number | null } {
    const now = this.#now.at(t);
    if (this.#reference === null) return { observation: observed(now.value), next_at: now.next_at };
    const reference = this.#reference.at(t);
    return {
      observation: changeInPercent(now.value, reference.value),
      next_at: earlier(now.next_at, reference.next_at),
    };
  }
}

/** A figure of the readings of a window. */
export class ReadingsSignal implements Signal<MetricPoint> {
  readonly #window: SlidingWindow<ValuePoint>;

  constructor(aggregate: Aggregate<ValuePoint>, window_ms: number) {
    this.#window = new SlidingWindow(aggregate, window_ms);
  }

  push(point: MetricPoint): void {
    const value = valueOfPoint(point);
    if (value !== undefined) this.#window.push({ at: point.at, value });
  }

  at(t: number): { observation: Observation; next_at: number | null } {
    const { value, next_at } = this.#window.at(t);
    return { observation: observed(value), next_at };
  }
}
