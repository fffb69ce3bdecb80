import { type Migration, migrate, openStorage } from "../storage/migrate.ts";
import type { BodyFormat } from "../storage/stored-json.ts";
import { firstRow, type Sql } from "./sql.ts";

/** What the storage of a log is made of, and the shape of what it keeps. */
export interface LogStorage {
  migrations: readonly Migration[];
  format: BodyFormat;
}

/**
 * Number marks that survive the object: what was sent to the sockets, what is in Postgres, and when (milliseconds) an
 * idle room last asked Postgres whether it still has that, and when a room last forgot what is old in its log, and
 * in all of it.
 */
export type Mark = "sent" | "flushed" | "checked" | "pruned" | "forgot";

/**
 * A numbered, durable list of JSON texts: the write-ahead log of a room. `epoch` names this numbering; it
 * changes only when the storage is lost or was restored to an older state, so that a number is never given to
 * two events.
 */
export class EventLog {
  private currentEpoch: string;
  private headSeq: number;
  private oldestSeq: number;
  private readonly marks: Record<Mark, number>;
  private readonly sql: Sql;
  private readonly format: BodyFormat;

  private constructor(sql: Sql, format: BodyFormat, epoch: string) {
    this.sql = sql;
    this.format = format;
    this.currentEpoch = epoch;
    const stored = new Map(
      sql
        .all<{ name: string; value: string }>("select name, value from marks")
        .map((row) => [row.name, Number(row.value)]),
    );
    // Two look-ups by the key: both ends in one query would read every row.
    const edge = (order: "asc" | "desc") =>
      firstRow<{ seq: number }>(sql, `select seq from log order by seq ${order} limit 1`)?.seq;
    this.headSeq = Math.max(edge("desc") ?? 0, stored.get("head") ?? 0);
    this.oldestSeq = edge("asc") ?? this.headSeq + 1;
    const mark = (name: Mark) => stored.get(name) ?? 0;
    this.marks = {
      sent: mark("sent"),
      flushed: mark("flushed"),
      checked: mark("checked"),
      pruned: mark("pruned"),
      forgot: mark("forgot"),
    };
  }

  /** Opens the log of this storage, or `null` where nothing was ever written; reading creates nothing. */
  static open(sql: Sql, { migrations, format }: LogStorage): EventLog | null {
    if (!openStorage(sql, migrations)) return null;
    const epoch = firstRow<{ value: string }>(sql, "select value from marks where name = 'epoch'");
    return epoch === undefined ? null : new EventLog(sql, format, epoch.value);
  }

  /** Begins a new numbering under `epoch`. */
  static create(sql: Sql, { migrations, format }: LogStorage, epoch: string): EventLog {
    migrate(sql, migrations);
    sql.all("insert into marks (name, value) values ('epoch', ?)", epoch);
    return new EventLog(sql, format, epoch);
  }

  get epoch(): string {
    return this.currentEpoch;
  }

  /** The newest number; 0 before the first event. */
  get head(): number {
    return this.headSeq;
  }

  /** The lowest number that can still be read; `head + 1` where nothing is kept. */
  get oldest(): number {
    return this.oldestSeq;
  }

  mark(name: Mark): number {
    return this.marks[name];
  }

  setMark(name: Mark, seq: number): void {
    if (seq === this.marks[name]) return;
    this.marks[name] = seq;
    this.sql.all("insert or replace into marks (name, value) values (?, ?)", name, String(seq));
  }

  /**
   * Goes on under another epoch, from the number that is reached: what was numbered up to `last` stays with the
   * old epoch and leaves the log, the rest is the new epoch's. Inside a transaction that fails, call `reload`.
   */
  beginEpoch(epoch: string, last: number): void {
    this.sql.all("delete from log where seq <= ?", last);
    this.sql.all("update log set body = json_set(body, '$.epoch', ?)", epoch);
    this.sql.all(
      "insert or replace into marks (name, value) values ('epoch', ?), ('head', ?)",
      epoch,
      String(this.headSeq),
    );
    this.currentEpoch = epoch;
    this.setMark("flushed", last);
    this.setMark("sent", this.headSeq);
    this.reload();
  }

  /** Writes the next event; `seq` must be `head + 1`. Inside a transaction that fails, call `reload`. */
  append(seq: number, body: string, at: number): void {
    if (seq !== this.headSeq + 1) throw new Error(`log: ${seq} does not follow ${this.headSeq}`);
    this.sql.all(
      "insert into log (seq, at, body, v) values (?, ?, ?, ?)",
      seq,
      at,
      body,
      this.format.version,
    );
    this.headSeq = seq;
  }

  /** At most `limit` events after number `after`, in order and without a hole. */
  page(after: number, limit: number): string[] {
    return this.sql
      .all<{ body: string; v: number }>(
        "select body, v from log where seq > ? order by seq limit ?",
        Math.max(after, this.oldestSeq - 1),
        limit,
      )
      .map((row) => this.format.read(row.body, row.v));
  }

  /** When event `seq` was written, in milliseconds; `null` where it is no longer kept. */
  writtenAt(seq: number): number | null {
    return firstRow<{ at: number }>(this.sql, "select at from log where seq = ?", seq)?.at ?? null;
  }

  /**
   * Forgets events that are flushed and both older than `before` (milliseconds) and more than `keep` numbers
   * behind; `leaving` is told the last of them beforehand. Returns how many went.
   */
  prune(before: number, keep: number, leaving?: (last: number) => void): number {
    // Up to the first young one, and never past it: a clock that stepped back must not leave a hole inside.
    const young = firstRow<{ seq: number }>(
      this.sql,
      "select seq from log where at >= ? order by seq limit 1",
      before,
    );
    return this.dropThrough(Math.min(this.headSeq - keep, (young?.seq ?? this.headSeq + 1) - 1), leaving);
  }

  /** Forgets at most `limit` of the oldest events however young they are, but none that is not flushed and sent. */
  dropOldest(limit: number, leaving?: (last: number) => void): number {
    return this.dropThrough(this.oldestSeq + limit - 1, leaving);
  }

  private dropThrough(wanted: number, leaving?: (last: number) => void): number {
    const last = Math.min(wanted, this.marks.flushed, this.marks.sent);
    const gone = last - this.oldestSeq + 1;
    if (gone <= 0) return 0;
    leaving?.(last);
    this.sql.all("delete from log where seq <= ?", last);
    // The head must not fall back when everything was pruned.
    this.sql.all("insert or replace into marks (name, value) values ('head', ?)", String(this.headSeq));
    this.reload();
    return gone;
  }

  /** Reads the edges again, after a transaction was rolled back or rows went. */
  reload(): void {
    const stored = firstRow<{ value: string }>(this.sql, "select value from marks where name = 'epoch'");
    const fresh = new EventLog(this.sql, this.format, stored?.value ?? this.currentEpoch);
    this.currentEpoch = fresh.currentEpoch;
    this.headSeq = fresh.headSeq;
    this.oldestSeq = fresh.oldestSeq;
    Object.assign(this.marks, fresh.marks);
  }
}
