import type { Clock } from "../platform/clock.ts";

/** How long whoever asks the database waits for it, and how long the database waits for them. */
export interface Patience {
  /** For one statement, or one batch. */
  statement_ms: number;
  /** For a row that another transaction holds: shorter, so that there is time to try again. */
  lock_ms: number;
  /** How long a transaction may stand idle, with its locks, when its client has fallen silent. */
  idle_ms: number;
  /** For a transaction from its connection to its commit, with all that is tried again. */
  transaction_ms: number;
  /** What is left of the time that all questions of one request share; infinite where they share none. */
  left(): number;
}

/** For a request: all its questions to the database share the time until the answer. */
export interface RequestPatience extends Patience {
  /** The answer has begun, or nobody waits for one any more: what is still asked has time of its own. */
  lift(): void;
}

/** Answers are due within ten seconds, also that there is none. */
const DEADLINE_MS = 8_000;

/** Of what no caller waits for: jobs, alarms, objects. `deadline_ms` is that of a statement; the rest goes by it. */
export function patience(deadline_ms = DEADLINE_MS): Patience {
  return {
    statement_ms: deadline_ms,
    lock_ms: deadline_ms * 0.375,
    idle_ms: deadline_ms * 0.625,
    transaction_ms: deadline_ms * 4,
    left: () => Number.POSITIVE_INFINITY,
  };
}

/** Of a request that begins now and is answered within `deadline_ms`, or told that the database is away. */
export function requestPatience(deadline_ms: number, now: Clock): RequestPatience {
  const until = now() + deadline_ms;
  let lifted = false;
  return {
    ...patience(deadline_ms),
    left: () => (lifted ? Number.POSITIVE_INFINITY : until - now()),
    lift: () => {
      lifted = true;
    },
  };
}
