import { retryDelay } from "../../shared/db/retry-delay.ts";
import { isDatabaseUnavailable } from "../../shared/db/unavailable.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import type { Outcome } from "../../shared/webhooks/outcome.ts";

interface RecorderDeps {
  /** Writes outcomes of deliveries; may be given the same ones again after it failed. */
  record(outcomes: Outcome[]): Promise<void>;
  wait(ms: number): Promise<void>;
  random(): number;
  log: Log;
}

const MOST_REFUSALS = 5;

/** Writes outcomes in the order of their coming, as many at once as came while the last were written. */
export class Recorder {
  readonly #deps: RecorderDeps;
  #waiting: Outcome[] = [];
  #writing: Promise<void> | null = null;

  constructor(deps: RecorderDeps) {
    this.#deps = deps;
  }

  /** Resolves once the outcome is written, or refused; keeps trying while the database is away. Never rejects. */
  async add(outcome: Outcome): Promise<void> {
    this.#waiting.push(outcome);
    // What was being written before does not hold this one.
    await this.#writing;
    while (this.#waiting.includes(outcome)) await this.#write();
    await this.#writing;
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll(this.#waiting.splice(0)).finally(() => {
      this.#writing = null;
    });
    return this.#writing;
  }

  async #writeAll(outcomes: Outcome[]): Promise<void> {
    for (let failures = 0; ; failures++) {
      try {
        return await this.#deps.record(outcomes);
      } catch (error) {
        this.#deps.log.error("what became of deliveries is not recorded yet", {
          deliveries: outcomes.length,
          failures: failures + 1,
          error: describeError(error),
        });
        // What the database refuses is not taken later either; its lease runs out, and it is sent again.
        if (failures >= MOST_REFUSALS && !isDatabaseUnavailable(error)) return;
        await this.#deps.wait(retryDelay(failures + 1, error, this.#deps.random()));
      }
    }
  }
}
