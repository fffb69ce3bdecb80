import { sqlStateOfRefusal } from "../../shared/db/refused.ts";
import type { FlushBatch, FlushEvent } from "../../shared/market/flush-batch.ts";
import { roomFault } from "../../shared/market/room-fault.ts";
import { readDivergence } from "../../shared/market/room-position.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { withDeadline } from "../../shared/platform/deadline.ts";
import { describeError } from "../../shared/platform/errors.ts";
import type { Log } from "../../shared/platform/log.ts";
import {
  FLUSH_EVENTS,
  flushRetryDelay,
  flushSize,
  markFlushed,
  planCheck,
  planFlush,
  planOne,
  planSetAside,
} from "./flush-plan.ts";
import { type Reconciled, reconcile } from "./reconcile.ts";
import type { Room } from "./room.ts";
import { sift } from "./sift.ts";

/** A flush waits this long for more events to come along. */
const GATHER_MS = 200;
/** Batches in one run, so that an alarm never outgrows its time. */
const BATCHES_PER_RUN = 50;
/** While Postgres is away, an empty batch asks whether it is back, and is not waited for any longer. */
const PROBE_TIMEOUT_MS = 3000;
/** A room that wakes often asks Postgres at most this often whether the two still fit together. */
const CHECK_EVERY_MS = 60_000;
/** When the first success elsewhere shortens the wait, rooms do not all come in the same moment. */
const HURRY_WITHIN_MS = 500;
/** So many events refused one after the other look like a schema that does not fit. */
const SUSPICIOUS_REFUSALS = 16;
/** How often in one run room and Postgres are brought together; a second time is a failure like any other. */
const RECONCILIATIONS_PER_RUN = 2;

interface Refusal {
  sqlstate: string;
  /** For the log only. */
  error: string;
}

/** Writes a batch; without `state`, where the room stands stays as it is. */
type Store = (batch: FlushBatch, parts: { state: boolean }) => Promise<unknown>;

interface FlusherDeps {
  store: Store;
  now: Clock;
  /** In [0, 1). */
  random(): number;
  /** A new epoch, for a room whose numbers were given before. */
  newEpoch(): string;
  /** Room and Postgres were brought together again. */
  onReconciled?(what: Reconciled): void;
  /** Postgres takes events again after it did not. */
  onRecovered?(): void;
}

/** Postgres refuses every event that it is offered, so the fault is in none of them. */
class RefusesEverything extends Error {
  readonly sqlstate: string;
  constructor({ sqlstate, error }: Refusal) {
    super(`every event is refused: ${error}`);
    this.name = "RefusesEverything";
    this.sqlstate = sqlstate;
  }
}

/** What became of the events that had been set aside. */
export interface SetAsideRetry {
  stored: number;
  refused: number;
}

/**
 * Brings the log into Postgres, in order, and keeps trying; the room goes on taking events meanwhile. An event that
 * Postgres refuses for itself is set aside, so that it holds up nothing else. Where it refuses everything, or has
 * another history than the room, nothing is set aside: the first is tried again, the second is reconciled.
 */
export class Flusher {
  private failure: string | null = null;
  private readonly room: Room;
  private readonly deps: FlusherDeps;
  private failures = 0;
  private size = FLUSH_EVENTS;
  private due = 0;
  private gathering = false;
  private running = false;
  /** Whether this instance knows that Postgres is where the room believes. */
  private verified: boolean;
  private refusesAll = false;
  /** The last number that Postgres was last asked to compare. */
  private compared = 0;

  constructor(room: Room, deps: FlusherDeps) {
    this.room = room;
    this.deps = deps;
    // A room without events has nothing to compare.
    this.verified = room.log.head === 0;
  }

  /** What is wrong, without anything internal, or `null`: the last flush failed, or events were set aside. */
  get lastError(): string | null {
    if (this.failure !== null) return this.failure;
    const last = this.room.setAside.last();
    if (last === null) return null;
    const count = this.room.setAside.count();
    return `Postgres refuses ${count} event(s) for good, last number ${last.seq} with SQLSTATE ${last.sqlstate}; set aside in the room.`;
  }

  /** Whether the last flush failed and is to be tried again. */
  get failing(): boolean {
    return this.failures > 0;
  }

  /** New events wait. While Postgres is away the next try stays where it is. */
  wake(): void {
    // Never put off once it is set: an alarm that comes late would otherwise find it moved on, again and again.
    if (this.failures > 0 || this.gathering) return;
    this.gathering = true;
    this.due = this.deps.now() + GATHER_MS;
  }

  /** Postgres answered somebody else: the next try need not wait. */
  hurry(): void {
    if (this.failures === 0) return;
    this.due = Math.min(this.due, this.deps.now() + Math.ceil(this.deps.random() * HURRY_WITHIN_MS));
  }

  /** When to run next, in milliseconds; infinite when Postgres has everything. */
  dueAt(): number {
    if (this.waits()) return this.due;
    return this.verified ? Number.POSITIVE_INFINITY : Math.max(this.due, this.checkDueAt());
  }

  /**
   * Flushes what waits, unless it is not due or a run is under way; `log` is the run's own. Never throws: a
   * failure is tried again.
   */
  async run(log: Log): Promise<void> {
    if (this.running || this.deps.now() < this.due) return;
    if (!this.waits() && (this.verified || this.deps.now() < this.checkDueAt())) return;
    await this.exclusively(log, async () => {
      if (!this.waits()) this.room.log.setMark("checked", this.deps.now());
      await this.flushAll(log);
    });
  }

  /**
   * Flushes now what waits, and tries again what was set aside, whenever either was tried last. Answers what became
   * of the events that were set aside; `null` where a run is under way or Postgres did not answer.
   */
  async flushAgain(log: Log): Promise<SetAsideRetry | null> {
    if (this.running) return null;
    let result: SetAsideRetry | null = null;
    this.verified = false;
    await this.exclusively(log, async () => {
      await this.flushAll(log);
      result = await this.retrySetAside(log);
    });
    return result;
  }

  private async exclusively(log: Log, work: () => Promise<void>): Promise<void> {
    this.running = true;
    this.gathering = false;
    try {
      await work();
    } catch (error) {
      this.failed(error, log);
    } finally {
      this.running = false;
    }
  }

  private failed(error: unknown, log: Log): void {
    this.failures += 1;
    this.size = flushSize(this.failures);
    this.failure = whyFailed(error);
    if (error instanceof RefusesEverything) this.refusesAll = true;
    this.due = this.deps.now() + flushRetryDelay(this.failures, this.deps.random());
    log.error("flush failed", { failures: this.failures, error: describeError(error) });
  }

  private async succeeded(log: Log): Promise<void> {
    this.verified = true;
    this.size = Math.min(FLUSH_EVENTS, this.size * 4);
    if (this.failures === 0) return;
    this.failures = 0;
    this.deps.onRecovered?.();
    if (!this.refusesAll) return;
    this.refusesAll = false;
    await this.retrySetAside(log);
  }

  private async flushAll(log: Log): Promise<void> {
    for (let left = RECONCILIATIONS_PER_RUN; ; left--) {
      try {
        return await this.flushBatches(log);
      } catch (error) {
        const divergence = readDivergence(error);
        if (divergence === null || left === 0) throw error;
        this.reconciled(reconcile(this.room, divergence, this.compared, this.deps.newEpoch()), log);
      }
    }
  }

  private async flushBatches(log: Log): Promise<void> {
    this.compared = this.room.log.mark("flushed");
    // What Postgres may not take now is not sent to it whole to find that out.
    const asks = this.failures > 0 || (!this.verified && !this.waits());
    if (asks) await this.ask();
    for (let i = 0; i < BATCHES_PER_RUN; i++) {
      const batch = await planFlush(this.room, this.deps.now(), this.size);
      if (batch === null) {
        if (!asks || i > 0) return;
        this.failure = null;
        return this.succeeded(log);
      }
      this.compared = batch.state.seq;
      this.failure = await this.flush(batch, log);
      markFlushed(this.room, batch);
      await this.succeeded(log);
    }
  }

  private ask(): Promise<unknown> {
    const check = planCheck(this.room, this.deps.now());
    return withDeadline(PROBE_TIMEOUT_MS, () => this.deps.store(check, { state: false }));
  }

  private reconciled(what: Reconciled, log: Log): void {
    this.room.facts.set("notice", { at: this.deps.now(), text: what.notice });
    log.error("room and database did not fit together", {
      action: what.action,
      notice: what.notice,
      ...what.details,
    });
    this.deps.onReconciled?.(what);
  }

  /** Stores a batch without the events that Postgres refuses, each of which is set aside. Says what is still wrong. */
  private async flush(batch: FlushBatch, log: Log): Promise<string | null> {
    if ((await this.attempt(batch)) === null) return null;
    // Where not even nothing is taken, the fault is in none of the events, and they must not be set aside for it.
    await this.deps.store({ ...batch, events: [] }, { state: false });
    const refused = await this.findRefused(batch, log);
    const events = batch.events.filter((event) => !refused.has(event.seq));
    const refusal = await this.attempt({ ...batch, events });
    if (refusal === null) return null;
    // The events are in. A listing that was set aside may be the floor, and be refused as that too.
    log.error("where the room stands was refused", { ...refusal });
    await this.deps.store({ ...batch, events: [], state: { ...batch.state, floor: null } }, { state: true });
    return "Postgres refuses the floor of the room; its events are stored.";
  }

  /** Sets aside the events that are refused for themselves, and answers their numbers. */
  private async findRefused(batch: FlushBatch, log: Log): Promise<Set<number>> {
    const found: { item: FlushEvent; refusal: Refusal }[] = [];
    let takesSome = false;
    const refused = new Set<number>();
    const setAside = () => {
      for (const { item, refusal } of found.splice(0)) {
        this.setAside(item, refusal.sqlstate);
        refused.add(item.seq);
        log.error("an event was set aside", { seq: item.seq, event_key: item.event_key, ...refusal });
      }
    };
    const attempt = async (events: FlushEvent[]) => {
      const refusal = await this.attempt({ ...batch, events }, false);
      takesSome ||= refusal === null;
      // What is known by now to be the fault of events is kept, even where the search ends early.
      if (takesSome) setAside();
      return refusal;
    };
    for await (const one of sift(batch.events, attempt)) {
      found.push(one);
      if (!takesSome && found.length % SUSPICIOUS_REFUSALS === 0)
        takesSome = await this.takesAnother(found, one);
      if (takesSome) setAside();
    }
    const last = found.at(-1);
    if (last !== undefined && !takesSome) {
      const { item, refusal } = found[0] ?? last;
      const before = this.room.setAside.runBefore(item.seq - 1, refusal.sqlstate, 1);
      if (found.length + before + this.room.log.head - last.item.seq > 1)
        await this.takesAnother(found, last);
      setAside();
    }
    return refused;
  }

  /**
   * Whether the fault is in the events `found`, and not in a schema that takes none: they are refused for different
   * reasons, or the newest of the log, or one by chance between it and `last`, is taken.
   * @throws RefusesEverything where it is not.
   */
  private async takesAnother(
    found: { refusal: Refusal }[],
    last: { item: FlushEvent; refusal: Refusal },
  ): Promise<true> {
    const { sqlstate } = last.refusal;
    if (found.some(({ refusal }) => refusal.sqlstate !== sqlstate)) return true;
    const { head } = this.room.log;
    const behind = head - last.item.seq;
    const numbers = behind <= 0 ? [] : [head, last.item.seq + 1 + Math.floor(this.deps.random() * behind)];
    for (const seq of new Set(numbers)) {
      const one = await planOne(this.room, seq, this.deps.now());
      if (one !== null && (await this.attempt(one, false))?.sqlstate !== sqlstate) return true;
    }
    throw new RefusesEverything(last.refusal);
  }

  private setAside(
    { key_hash: _, corrects_hash: __, unit: ___, raw, ...event }: FlushEvent,
    sqlstate: string,
  ): void {
    const kept = raw === undefined ? null : JSON.stringify(raw);
    this.room.setAside.add(
      { seq: event.seq, sqlstate, body: JSON.stringify(event), raw: kept },
      this.deps.now(),
    );
  }

  /** Offers Postgres again what was set aside; what it takes now is set aside no more. */
  private async retrySetAside(log: Log): Promise<SetAsideRetry> {
    const result: SetAsideRetry = { stored: 0, refused: 0 };
    let after = 0;
    for (;;) {
      const batch = await planSetAside(this.room, after, FLUSH_EVENTS, this.deps.now());
      if (batch === null) break;
      after = batch.events.at(-1)?.seq ?? after;
      const refused = new Set<number>();
      // A number that was given to another event is a refusal like any other here.
      const attempt = (events: FlushEvent[]) =>
        this.attempt({ ...batch, events }, false).catch((error: unknown) => {
          if (readDivergence(error) === null) throw error;
          return "its number is another event's";
        });
      for await (const { item } of sift(batch.events, attempt)) refused.add(item.seq);
      for (const { seq } of batch.events) if (!refused.has(seq)) this.room.setAside.remove(seq);
      result.stored += batch.events.length - refused.size;
      result.refused += refused.size;
    }
    if (result.stored > 0) log.info("events that were set aside are stored", { ...result });
    return result;
  }

  /** Why Postgres refuses a batch, `null` where it has it; throws what says nothing of the events. */
  private async attempt(batch: FlushBatch, state = true): Promise<Refusal | null> {
    try {
      await this.deps.store(batch, { state });
      return null;
    } catch (error) {
      const sqlstate = readDivergence(error) === null ? sqlStateOfRefusal(error) : null;
      if (sqlstate === null) throw error;
      return { sqlstate, error: describeError(error) };
    }
  }

  private waits(): boolean {
    return this.room.log.mark("flushed") < this.room.log.head;
  }

  private checkDueAt(): number {
    return this.room.log.mark("checked") + CHECK_EVERY_MS;
  }
}

function whyFailed(error: unknown): string {
  if (roomFault(error) === "storage_full") return "The room's storage is full; the flush is tried again.";
  const sqlstate = error instanceof RefusesEverything ? error.sqlstate : sqlStateOfRefusal(error);
  if (sqlstate === null) return "Postgres did not take the last batch; it is tried again.";
  return `Postgres refuses what it is offered with SQLSTATE ${sqlstate}: does its schema fit this version, and may the role write? Nothing is set aside; it is tried again.`;
}
