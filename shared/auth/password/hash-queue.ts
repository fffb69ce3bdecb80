import { type Clock, systemClock } from "../../platform/clock.ts";
import { AppError } from "../../platform/errors.ts";

interface Waiter {
  seen_at: number;
}

/** More would wait for longer than a caller has patience: 20 hashes take some two seconds. */
const MAX_WAITING = 20;
const POLL_MS = 2;
/** A request takes several turns of the event loop; with none but one between two hashes it waited for three of them. */
const REST_MS = 4;
/** Longer than any hash within the limits takes. */
const GONE_MS = 5000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * One hash at a time in an isolate, and between two of them a rest in which other requests go on.
 *
 * Each waiter asks by a timer of its own whether it is first. A chain of promises would be shorter, but where a client
 * goes away the runtime drops its request without another word, and all behind it would wait for ever.
 */
export class HashQueue {
  readonly #line: Waiter[] = [];
  readonly #now: Clock;
  readonly #max: number;

  constructor(max: number, now: Clock) {
    this.#max = max;
    this.#now = now;
  }

  /** @throws AppError `unavailable` when too many wait already; the work is not begun then. */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    this.#dropGone();
    if (this.#line.length >= this.#max)
      throw new AppError(
        "unavailable",
        "Too many passwords are being checked at once; try again in a second.",
        {
          headers: { "retry-after": "1" },
        },
      );
    const waiter = { seen_at: this.#now() };
    this.#line.push(waiter);
    try {
      await this.#turnOf(waiter);
      return await work();
    } finally {
      this.#remove(waiter);
    }
  }

  async #turnOf(waiter: Waiter): Promise<void> {
    while (this.#line[0] !== waiter) {
      await sleep(POLL_MS);
      waiter.seen_at = this.#now();
      this.#dropGone();
      // Taken for gone while the isolate stood still for long.
      if (!this.#line.includes(waiter)) this.#line.push(waiter);
    }
    // Whatever came in during the hash before this one goes first.
    await sleep(REST_MS);
  }

  #dropGone(): void {
    const now = this.#now();
    for (const waiter of this.#line.filter(({ seen_at }) => now - seen_at > GONE_MS)) this.#remove(waiter);
  }

  #remove(waiter: Waiter): void {
    const index = this.#line.indexOf(waiter);
    if (index >= 0) this.#line.splice(index, 1);
  }
}

/** That of the isolate. Hashes never run inside a Durable Object, whose other work would stand still. */
export const hashQueue = new HashQueue(MAX_WAITING, systemClock);
