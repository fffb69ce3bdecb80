import { sqlStateOfRefusal } from "../../shared/db/refused.ts";
import type { FlushBatch, FlushEvent } from "../../shared/market/flush-batch.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import { flushRetryDelay, markFlushed, planFlush } from "./flush-plan.ts";
import type { Room } from "./room.ts";
import { sift } from "./sift.ts";

/** A flush waits this long for more events to come along. */
const GATHER_MS = 200;
/** Batches in one run, so that an alarm never outgrows its time. */
const BATCHES_PER_RUN = 50;

interface Refusal {
  sqlstate: string;
  /** For the log only. */
  error: string;
}

/** Writes a batch; without `state`, where the room stands stays as it is. */
type Store = (batch: FlushBatch, parts: { state: boolean }) => Promise<unknown>;

/**
 * Brings the log into Postgres, in order, and keeps trying; the room goes on taking events meanwhile. What
 * Postgres refuses for good is set aside, one event at a time, so that it holds up nothing else.
 */
export class Flusher {
  private failure: string | null = null;
  private readonly room: Room;
  private readonly store: Store;
  private readonly now: Clock;
  private failures = 0;
  private due = 0;
  private gathering = false;
  private running = false;

  constructor(room: Room, store: Store, now: Clock) {
    this.room = room;
    this.store = store;
    this.now = now;
  }

  /** What is wrong, without anything internal, or `null`: the last flush failed, or events were set aside. */
  get lastError(): string | null {
    if (this.failure !== null) return this.failure;
    const last = this.room.setAside.last();
    if (last === null) return null;
    const count = this.room.setAside.count();
    return `Postgres refuses ${count} event(s) for good, last number ${last.seq} with SQLSTATE ${last.sqlstate}; set aside in the room.`;
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

  /**
   * Flushes what waits, unless it is not due or a run is under way; `log` is the run's own. Never throws: a
   * failure is tried again.
   */
  async run(log: Log): Promise<void> {
    if (this.running || this.now() < this.due) return;
    this.running = true;
    this.gathering = false;
    try {
      for (let i = 0; i < BATCHES_PER_RUN; i++) {
        const batch = await planFlush(this.room, this.now());
        if (batch === null) break;
        this.failure = await this.flush(batch, log);
        markFlushed(this.room, batch);
        this.failures = 0;
      }
    } catch (error) {
      this.failures += 1;
      this.failure = "Postgres did not take the last batch; it is tried again.";
      this.due = this.now() + flushRetryDelay(this.failures);
      log.error("flush failed", { failures: this.failures, error: describeError(error) });
    } finally {
      this.running = false;
    }
  }

  /** Stores a batch without the events that Postgres refuses, each of which is set aside. Says what is still wrong. */
  private async flush(batch: FlushBatch, log: Log): Promise<string | null> {
    if ((await this.attempt(batch)) === null) return null;
    // Where not even nothing is taken, the fault is in none of the events, and they must not be set aside for it.
    await this.store({ ...batch, events: [] }, { state: false });
    const refused = new Set<number>();
    const attempt = (events: FlushEvent[]) => this.attempt({ ...batch, events }, false);
    for await (const { item, refusal } of sift(batch.events, attempt)) {
      this.setAside(item, refusal.sqlstate);
      refused.add(item.seq);
      log.error("an event was set aside", { seq: item.seq, event_key: item.event_key, ...refusal });
    }
    const events = batch.events.filter((event) => !refused.has(event.seq));
    const refusal = await this.attempt({ ...batch, events });
    if (refusal === null) return null;
    // The events are in. A listing that was set aside may be the floor, and be refused as that too.
    log.error("where the room stands was refused", { ...refusal });
    return "Postgres refuses where the room stands; its events are stored.";
  }

  private setAside({ key_hash: _, unit: __, raw, ...event }: FlushEvent, sqlstate: string): void {
    const kept = raw === undefined ? null : JSON.stringify(raw);
    this.room.setAside.add({ seq: event.seq, sqlstate, body: JSON.stringify(event), raw: kept }, this.now());
  }

  /** Why Postgres refuses a batch for good, `null` where it has it; throws what can be tried again. */
  private async attempt(batch: FlushBatch, state = true): Promise<Refusal | null> {
    try {
      await this.store(batch, { state });
      return null;
    } catch (error) {
      const sqlstate = sqlStateOfRefusal(error);
      if (sqlstate === null) throw error;
      return { sqlstate, error: describeError(error) };
    }
  }

  private waits(): boolean {
    return this.room.log.mark("flushed") < this.room.log.head;
  }
}
