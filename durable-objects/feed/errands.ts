import type { Clock } from "../../shared/platform/clock.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import { beginWork, type Work } from "../../shared/platform/work.ts";
import { backOffDelay } from "../../shared/providers/gate/back-off.ts";
import { retryAfterMs } from "../../shared/providers/gate/call.ts";

export interface ErrandsDeps {
  now: Clock;
  random: () => number;
  log: Log;
}

const RETRY = { base_ms: 2_000, max_ms: 60_000 };
const MAX_ATTEMPTS = 5;
const MAX_WAITING = 200;

interface Errand {
  run: (work: Work) => Promise<void>;
  attempts: number;
  due: number;
}

/**
 * Small things that a feed has to have done and that may fail: a back-fill to be asked for, an order to be
 * looked up. One at a time, each once by its name, tried again with growing delays, given up loudly.
 */
export class Errands {
  private readonly waiting = new Map<string, Errand>();
  private readonly deps: ErrandsDeps;
  private busy = false;
  constructor(deps: ErrandsDeps) {
    this.deps = deps;
  }

  add(name: string, run: (work: Work) => Promise<void>): void {
    if (this.waiting.has(name)) return;
    if (this.waiting.size >= MAX_WAITING) {
      this.deps.log.warn("feed errand refused: too many wait", { errand: name });
      return;
    }
    this.waiting.set(name, { run, attempts: 0, due: this.deps.now() });
  }

  nextDue(): number {
    if (this.busy) return Number.POSITIVE_INFINITY;
    return Math.min(Number.POSITIVE_INFINITY, ...[...this.waiting.values()].map(({ due }) => due));
  }

  /** Runs what is due. Never rejects. */
  async run(work = beginWork(this.deps.log, null)): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    for (const [name, errand] of [...this.waiting])
      if (errand.due <= this.deps.now()) await this.attempt(name, errand, work);
    this.busy = false;
  }

  private async attempt(name: string, errand: Errand, work: Work): Promise<void> {
    // Gone before it runs: what is asked for meanwhile is asked for anew, since this run may be past it.
    this.waiting.delete(name);
    try {
      await errand.run(work);
    } catch (error) {
      errand.attempts += 1;
      const fields = { errand: name, attempts: errand.attempts, error: describeError(error) };
      if (errand.attempts >= MAX_ATTEMPTS) {
        work.log.error("feed errand given up", fields);
        return;
      }
      const wait = backOffDelay(RETRY, errand.attempts, this.deps.random());
      errand.due = this.deps.now() + Math.max(wait, retryAfterMs(error) ?? 0);
      this.waiting.set(name, errand);
      work.log.info("feed errand postponed", fields);
    }
  }
}
