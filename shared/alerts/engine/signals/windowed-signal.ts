import type { Observation, Signal } from "../types.ts";
import { changeInPercent, observed } from "./change.ts";
import { earlier } from "./point.ts";
import { type Aggregate, SlidingWindow } from "./sliding-window.ts";

export interface WindowedSettings {
  window_ms: number;
  /** Compare with the window before. */
  change: boolean;
}

/** A figure of what happened in a window that ends now, or how it changed from the window before. */
export class WindowedSignal<P extends { at: number }> implements Signal<P> {
  readonly #now: SlidingWindow<P>;
  readonly #before: SlidingWindow<P> | null;

  constructor(aggregate: () => Aggregate<P>, { window_ms, change }: WindowedSettings) {
    this.#now = new SlidingWindow(aggregate(), window_ms);
    this.#before = change ? new SlidingWindow(aggregate(), window_ms, window_ms) : null;
  }

  push(point: P): void {
    this.#now.push(point);
    this.#before?.push(point);
  }

  at(t: number): { observation: Observation; next_at: number | null } {
    const now = this.#now.at(t);
    if (this.#before === null) return { observation: observed(now.value), next_at: now.next_at };
    const before = this.#before.at(t);
    return {
      observation: changeInPercent(now.value, before.value),
      next_at: earlier(now.next_at, before.next_at),
    };
  }
}
