import type { FlushBatch } from "../../shared/market/flush-batch.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import { flushRetryDelay, markFlushed, planFlush } from "./flush-plan.ts";
import type { Room } from "./room.ts";

/** A flush waits this long for more events to come along. */
const GATHER_MS = 200;
/** Batches in one run, so that an alarm never outgrows its time. */
const BATCHES_PER_RUN = 50;

/** Brings the log into Postgres, in order, and keeps trying; the room goes on taking events meanwhile. */
export class Flusher {
  /** What went wrong last, without anything internal; `null` once a flush went well. */
  lastError: string | null = null;
  private readonly room: Room;
  private readonly store: (batch: FlushBatch) => Promise<unknown>;
  private readonly now: Clock;
  private failures = 0;
  private due = 0;
  private gathering = false;
  private running = false;

  constructor(room: Room, store: (batch: FlushBatch) => Promise<unknown>, now: Clock) {
    this.room = room;
    this.store = store;
    this.now = now;
  }

  /** New events wait. While Postgres is away the next try stays where it is. */
  wake(): void {
    // Never put off once it is set: an alarm that comes late would otherwise find it moved on, again and again.
    if (this.failures > 0 || this.gathering) return;
    this.gathering = true;
    this.due = this.now() + GATHER_MS;
  }

  /** When to run next, in milliseconds; infinite when Postgres has everything. */
  dueAt(): number {
    return this.waits() ? this.due : Number.POSITIVE_INFINITY;
  }

  /** Flushes what waits, unless it is not due or a run is under way; `log` is the run's own. Never throws: a failure is tried again. */
  async run(log: Log): Promise<void> {
    if (this.running || this.now() < this.due) return;
    this.running = true;
    this.gathering = false;
    try {
      for (let i = 0; i < BATCHES_PER_RUN; i++) {
        const batch = await planFlush(this.room, this.now());
        if (batch === null) break;
        await this.store(batch);
        markFlushed(this.room, batch);
        this.failures = 0;
        this.lastError = null;
      }
    } catch (error) {
      this.failures += 1;
      this.lastError = "Postgres did not take the last batch; it is tried again.";
      this.due = this.now() + flushRetryDelay(this.failures);
      log.error("flush failed", { failures: this.failures, error: describeError(error) });
    } finally {
      this.running = false;
    }
  }

  private waits(): boolean {
    return this.room.log.mark("flushed") < this.room.log.head;
  }
}
