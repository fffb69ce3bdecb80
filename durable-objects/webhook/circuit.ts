/** So many failed attempts in a row open it. */
const FAILURES = 5;
const FIRST_PAUSE_MS = 5000;
const LONGEST_PAUSE_MS = 300_000;

export interface CircuitState {
  /** Failed attempts in a row. */
  failures: number;
  /** Nothing is sent before, ms since 1970. */
  until: number;
}

/**
 * Pauses an endpoint that fails again and again, so that it is not hammered with what waits. After each pause one
 * attempt goes out: if it succeeds, all goes on; if not, the next pause is twice as long, up to five minutes.
 */
export class Circuit {
  #state: CircuitState;

  constructor(state: CircuitState | null) {
    this.#state = state ?? { failures: 0, until: 0 };
  }

  get state(): CircuitState {
    return this.#state;
  }

  /** How many attempts may be under way at once, of `most`. */
  allows(now: number, most: number): number {
    const { failures, until } = this.#state;
    if (failures < FAILURES) return most;
    return now < until ? 0 : Math.min(1, most);
  }

  succeeded(): void {
    this.#state = { failures: 0, until: 0 };
  }

  /** Those that were under way when it opened do not count: they tell nothing new. */
  failed(now: number): void {
    if (now < this.#state.until) return;
    const failures = this.#state.failures + 1;
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(20, failures - FAILURES));
    this.#state = { failures, until: failures < FAILURES ? 0 : now + pause };
  }
}
