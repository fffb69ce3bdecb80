import type { ValuePoint } from "../types.ts";
import { placeAfter } from "./point.ts";

/** Points in the order of their instants, and which of them was the newest `lag` ms ago. Older ones are forgotten. */
export class ValueLog {
  readonly #lag: number;
  readonly #points: ValuePoint[] = [];
  /** How many of them lie at or before `t - lag`. */
  #passed = 0;

  constructor(lag: number) {
    this.#lag = lag;
  }

  push(point: ValuePoint): void {
    const place = placeAfter(this.#points, point.at);
    // Among those that have passed, only the newest counts; an older one would be forgotten at once.
    if (place < this.#passed) return;
    this.#points.splice(place, 0, point);
  }

  /** Moves on to `t`. The newest point that is at least `lag` old, and when the next takes its place. */
  at(t: number): { point: ValuePoint | undefined; next_at: number | null } {
    let next = this.#points[this.#passed];
    while (next !== undefined && next.at <= t - this.#lag) next = this.#points[++this.#passed];
    this.#forget();
    return {
      point: this.#points[this.#passed - 1],
      next_at: next === undefined ? null : next.at + this.#lag,
    };
  }

  #forget(): void {
    // In larger pieces: each moves all that stay.
    if (this.#passed < 512 || this.#passed < this.#points.length / 2) return;
    this.#points.splice(0, this.#passed - 1);
    this.#passed = 1;
  }
}
