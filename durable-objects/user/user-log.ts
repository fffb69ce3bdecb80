import type { UserEventInput } from "../../shared/contracts/user-room.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import type { EventLog } from "../room/event-log.ts";
import { KeyIndex } from "../room/key-index.ts";
import { firstRow, type Sql } from "../room/sql.ts";

/** The log reaches back at least this far, and at least this many events. */
export const KEEP = { log_ms: 7 * 86_400_000, log_events: 1000 } as const;

/** The numbered events of one user. Pure but for the SQLite and the clock that it is given. */
export class UserLog {
  readonly log: EventLog;
  readonly user_id: string;
  private readonly ids: KeyIndex;
  private readonly sql: Sql;
  private readonly now: Clock;

  /** @param name whose it is, where that is known: an object that its own alarm wakes may not know its name. */
  constructor(sql: Sql, log: EventLog, name: string, now: Clock) {
    this.sql = sql;
    const kept = firstRow<{ user_id: string }>(sql, "select user_id from owner");
    if (kept === undefined) sql.all("insert into owner (id, user_id) values (1, ?)", name);
    this.user_id = kept?.user_id ?? name;
    this.log = log;
    this.now = now;
    this.ids = new KeyIndex(sql);
  }

  /** Whether an event of this id was told, or is not to be told any more. */
  knows(id: string): boolean {
    return this.ids.find(id) !== null;
  }

  /**
   * Numbers events in their order, all of them or none; those whose id is known are left out. With them `covered` counts
   * as told: ids whose events come too late from here on.
   */
  publish(events: UserEventInput[], covered: string[] = []): void {
    const now = this.now();
    this.atomically(() => {
      for (const event of events) {
        if (this.ids.find(event.id) !== null) continue;
        const seq = this.log.head + 1;
        this.ids.add(event.id, seq, now);
        this.log.append(seq, JSON.stringify({ ...event, epoch: this.log.epoch, seq }), now);
      }
      for (const id of covered) if (this.ids.find(id) === null) this.ids.add(id, this.log.head, now);
    });
  }

  /** JSON texts of the newest events, newest first. */
  newest(limit: number): string[] {
    return this.log.page(Math.max(0, this.log.head - limit), limit).reverse();
  }

  /** Forgets what is older than `KEEP` says. */
  prune(): void {
    const before = this.now() - KEEP.log_ms;
    this.atomically(() => {
      // Nothing waits to be flushed: Postgres had each event's cause before the room was told.
      this.log.setMark("flushed", this.log.head);
      this.log.prune(before, KEEP.log_events);
      this.ids.prune(before);
    });
  }

  private atomically(work: () => void): void {
    try {
      this.sql.transaction(work);
    } catch (error) {
      // What the storage rolled back must not live on in memory.
      this.log.reload();
      throw error;
    }
  }
}
