import { type Clock, systemClock } from "../platform/clock.ts";
import { DatabaseUnavailableError } from "./unavailable.ts";

/** So many questions in a row without an answer, and the database counts as away. */
const FAILURES = 3;
/** While it is away one question a second is let through, half of that early or late. */
const PROBE_MS = 1_000;
/** Databases that are remembered; a worker has one, tests have many. */
const MOST = 50;

/**
 * Whether a database answers, as this isolate knows it: a circuit breaker. While it is open nobody waits: a question
 * fails at once, but for one a second that finds out, and the first answer closes it for all. So whoever has work for
 * the database may try again every few seconds, however many they are, and goes on soon after it is back.
 */
export class DatabaseHealth {
  private failures = 0;
  private probeAt = 0;
  private readonly now: Clock;
  private readonly random: () => number;

  constructor(now: Clock = systemClock, random: () => number = Math.random) {
    this.now = now;
    this.random = random;
  }

  /** Whether it counts as away. */
  get away(): boolean {
    return this.failures >= FAILURES;
  }

  /**
   * Lets a question through.
   * @throws DatabaseUnavailableError while the database is away and it is not time to look.
   */
  admit(): void {
    if (!this.away) return;
    const now = this.now();
    if (now < this.probeAt) throw new DatabaseUnavailableError("the database did not answer a moment ago");
    this.probeAt = now + PROBE_MS * (0.5 + this.random());
  }

  /** It was heard, whatever it said. */
  answered(): void {
    this.failures = 0;
  }

  /** A question had the whole time that it may take, or the network failed. */
  unanswered(): void {
    this.failures += 1;
    if (this.failures === FAILURES) this.probeAt = this.now() + PROBE_MS * (0.5 + this.random());
  }
}

const known = new Map<string, DatabaseHealth>();

/** What this isolate knows of the database at an address (without its secrets: the host is enough). */
export function healthOf(url: string, endpoint?: string): DatabaseHealth {
  const { host, pathname } = new URL(url);
  const key = `${endpoint ?? ""} ${host}${pathname}`;
  const health = known.get(key) ?? new DatabaseHealth();
  known.delete(key);
  known.set(key, health);
  for (const oldest of known.keys()) {
    if (known.size <= MOST) break;
    known.delete(oldest);
  }
  return health;
}
