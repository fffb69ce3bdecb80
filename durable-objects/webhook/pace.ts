import type { Clock } from "../../shared/platform/clock.ts";

/** Those that fail ask the database one after the other, so far apart. */
const APART_MS = 20;
/** A lease must not run out meanwhile. */
const LONGEST_WAIT_MS = 3000;

/**
 * Spreads what endpoints that fail ask of the database, among all that share an isolate: a hundred that run into their
 * time-out at once would otherwise stand before the one that works. Places are given by the clock alone: no object
 * ever waits for another one, which may be gone.
 */
export class Pace {
  readonly #now: Clock;
  #next = 0;

  constructor(now: Clock) {
    this.#now = now;
  }

  /** How long to wait before asking, in ms; nothing where nobody else that fails was just here. */
  place(): number {
    const now = this.#now();
    const at = Math.min(Math.max(now, this.#next), now + LONGEST_WAIT_MS);
    this.#next = at + APART_MS;
    return at - now;
  }
}
