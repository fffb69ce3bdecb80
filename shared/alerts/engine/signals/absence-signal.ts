import type { Observation, Signal } from "../types.ts";
import { observed } from "./change.ts";
import { endOf, type MetricPoint, valueOfPoint } from "./point.ts";

/** Says that there is no data once nothing came for a time; until then, what the last point said, or 1. */
export class AbsenceSignal implements Signal<MetricPoint> {
  readonly #absent_ms: number;
  #last_at: number | null;
  #value: string | null = null;

  /** @param began_at since when something is waited for, where nothing came yet; `null`: for long. */
  constructor(absent_ms: number, began_at: number | null) {
    this.#absent_ms = absent_ms;
    this.#last_at = began_at;
  }

  push(point: MetricPoint): void {
    if (endOf(point) !== null) return;
    if (this.#last_at !== null && point.at < this.#last_at) return;
    this.#last_at = point.at;
    this.#value = valueOfPoint(point) ?? null;
  }

  at(t: number): { observation: Observation; next_at: number | null } {
    if (this.#last_at === null || t >= this.#last_at + this.#absent_ms)
      return { observation: observed(null), next_at: null };
    return { observation: observed(this.#value ?? "1"), next_at: this.#last_at + this.#absent_ms };
  }
}
