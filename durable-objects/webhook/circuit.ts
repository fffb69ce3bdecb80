import { z } from "zod";
import type { FailureKind } from "../../shared/webhooks/send.ts";

/** So many failed attempts in a row open it. */
export const FAILURES = 5;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300_000;
const MOST_EARNED = 16;
/** From here on an endpoint's deliveries are taken in stock. */
const TRUSTED = 4;

export const CircuitState = z.object({
  /** Failed attempts in a row. */
  failures: z.number(),
  /** Nothing is sent before, ms since 1970. */
  until: z.number(),
});
export type CircuitState = z.infer<typeof CircuitState>;

/**
 * After a time-out an endpoint rests for so long, and up to as long again: many that hang then spread out. Four times
 * as long after each that follows.
 */
const REST_MS = 1500;

/**
 * How much an endpoint is trusted with. It begins with one attempt at a time and earns more by taking messages, so
 * that many that hang cost little beside one that answers.
 *
 * Pauses an endpoint that fails again and again, so that it is not hammered with what waits. After each pause one
 * attempt goes out: if it succeeds, all goes on; if not, the next pause is twice as long, up to five minutes.
 */
export class Circuit {
  readonly #random: () => number;
  #state: CircuitState;
  #earned = 1;

  constructor(state: CircuitState | null, random: () => number) {
    this.#random = random;
    this.#state = state ?? { failures: 0, until: 0 };
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** Whether the last attempt failed. */
  get fails(): boolean {
    return this.#state.failures > 0;
  }

  /** How many deliveries may be taken at once, of `most`. */
  takes(now: number, most: number): number {
    const { failures, until } = this.#state;
    if (now < until) return 0;
    if (failures >= FAILURES) return 1;
    return this.#earned < TRUSTED ? this.#earned : most;
  }

  /** How many attempts may be under way at once, of `most`. */
  sends(now: number, most: number): number {
    return Math.min(this.takes(now, most), this.#earned);
  }

  succeeded(): void {
    this.#state = { failures: 0, until: 0 };
    this.#earned = Math.min(MOST_EARNED, this.#earned * 2);
  }

  /** Ends a pause: one attempt goes out, and tells how to go on. */
  tryNow(): void {
    this.#state = { ...this.#state, until: 0 };
  }

  /** Those that were under way when it opened do not count: they tell nothing new. */
  failed(now: number, kind: FailureKind): void {
    if (now < this.#state.until) return;
    const failures = this.#state.failures + 1;
    this.#earned = Math.max(1, Math.floor(this.#earned / 2));
    this.#state = { failures, until: now + this.#pause(failures, kind) };
  }

  #pause(failures: number, kind: FailureKind): number {
    if (failures >= FAILURES)
      return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, failures - FAILURES));
    return kind === "timeout" ? REST_MS * 4 ** (failures - 1) * (1 + this.#random()) : 0;
  }
}
