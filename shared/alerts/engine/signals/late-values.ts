import { compareMoney } from "../../../domain/money.ts";
import type { ValuePoint } from "../types.ts";
import { earlier } from "./point.ts";

/** The lower of two prices, of which `null` is none. */
export function lowerOf(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return one ?? other;
  return compareMoney(other, one) < 0 ? other : one;
}

/** Prices that were told late and stood for a while, and which of them was the lowest `lag` ms ago. */
export class LateValues {
  readonly #lag: number;
  #stood: { at: number; until: number; value: string }[] = [];

  constructor(lag: number) {
    this.#lag = lag;
  }

  /** Whether the point is one of these. */
  take({ at, value, until }: ValuePoint): boolean {
    if (until === undefined) return false;
    if (value !== null && at < until) this.#stood.push({ at, until, value });
    return true;
  }

  /** Moves on to `t`. The lowest that stood `lag` before, and when that changes by time. */
  at(t: number): { value: string | null; next_at: number | null } {
    const then = t - this.#lag;
    this.#stood = this.#stood.filter(({ until }) => until > then);
    let value: string | null = null;
    let next_at: number | null = null;
    for (const { at, until, value: price } of this.#stood) {
      if (at <= then) value = lowerOf(value, price);
      next_at = earlier(next_at, (at <= then ? until : at) + this.#lag);
    }
    return { value, next_at };
  }
}
