import { retryDelay } from "../../shared/db/retry-delay.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";

/** Wakes that come together are one run. */
const GATHER_MS = 100;
/** A run that is not done by then has lost its connection. Far below the 15 minutes that an alarm may take. */
export const RUN_DEADLINE_MS = 60_000;
/** A run that has taken so long when it is woken is given up: whoever wakes it has just reached the database. */
export const SLOW_RUN_MS = 5000;
/** An alarm that is this late is lost, and is set again by the next wake. */
const LOST_ALARM_MS = 30_000;

interface Deps {
  now: Clock;
  random: () => number;
  log: Log;
  /** Sets the one alarm, to a time never in the past. */
  setAlarm: (at: number) => void;
  /** Everything that is due; `next` is when to run again (ms since 1970), `null`: when woken. */
  run: (traceparent: string | null) => Promise<{ next: number | null }>;
}

/** A run that was given up, since what it waits for will not come. */
class GivenUpError extends DOMException {
  constructor(ms: number) {
    super(`gave up a run that had no end after ${ms} ms`, "TimeoutError");
  }
}

/**
 * When an engine of alerts runs: one run at a time, soon after it is woken, when something is due, and again after a
 * failure. No run lasts longer than its deadline. Pure but for the clock, the alarm and the work that it is given.
 */
export class EngineRunner {
  private readonly deps: Deps;
  private alarmAt = Number.POSITIVE_INFINITY;
  private running: { since: number; giveUp: (error: Error) => void } | null = null;
  /** The run before was given up by a wake: the next may take its time, or a slow one would never end. */
  private gaveUp = false;
  /** Woken and not run since, under this trace. */
  private again: { traceparent: string | null } | null = null;
  private failures = 0;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Data came, or something fell due: runs soon. */
  wake(traceparent: string | null): void {
    const { now } = this.deps;
    this.again = { traceparent };
    const { running } = this;
    const took = running === null ? 0 : now() - running.since;
    if (running !== null && took >= SLOW_RUN_MS && !this.gaveUp) {
      this.gaveUp = true;
      running.giveUp(new GivenUpError(took));
    }
    this.wakeAt(now() + GATHER_MS);
  }

  /** What the alarm does. Never throws: an alarm that throws is tried again by the runtime as well. */
  async alarm(): Promise<void> {
    const { now, random, log } = this.deps;
    this.alarmAt = Number.POSITIVE_INFINITY;
    if (this.running !== null) return;
    const traceparent = this.again?.traceparent ?? null;
    this.again = null;
    const { promise: givenUp, reject: giveUp } = Promise.withResolvers<never>();
    this.running = { since: now(), giveUp };
    try {
      const work = () => Promise.race([this.deps.run(traceparent), givenUp]);
      const { next } = await withDeadline(RUN_DEADLINE_MS, work);
      this.failures = 0;
      this.gaveUp = false;
      if (next !== null) this.wakeAt(next);
    } catch (error) {
      const shortened = error instanceof GivenUpError;
      if (!shortened) this.gaveUp = false;
      this.failures += 1;
      log.error("an evaluation failed", { failures: this.failures, error: describeError(error) });
      this.wakeAt(now() + (shortened ? GATHER_MS : retryDelay(this.failures, error, random())));
    } finally {
      this.running = null;
      if (this.again !== null) this.wakeAt(now() + GATHER_MS);
    }
  }

  /** The earliest time that was asked for; whatever was later is found again when that comes. */
  private wakeAt(due: number): void {
    const { now, setAlarm } = this.deps;
    // The runtime may lose an alarm with the machine that it was set on.
    const lost = this.running === null && now() - this.alarmAt > LOST_ALARM_MS;
    const at = Math.max(due, now() + 1);
    if (at >= this.alarmAt && !lost) return;
    this.alarmAt = at;
    setAlarm(at);
  }
}
