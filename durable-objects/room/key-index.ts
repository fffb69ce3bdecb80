import { firstRow, type Sql } from "./sql.ts";

/** A key that was taken. */
export interface KnownKey {
  seq: number;
  /** How often the key had come back before, after what it named was taken back. */
  turn: number;
  /** Hash of the key of the event that took back what this key named; `null` while the key is in use. */
  ended_by: string | null;
  /** What a correction tells again of the event, as `writeBrief` made it; `null` where nothing was kept. */
  brief: string | null;
}

/** Every event key that the room has taken, kept for longer than the log, so that a repeat is known as one. */
export class KeyIndex {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** What is known of the key, or `null` where it was never taken. */
  find(hash: string): KnownKey | null {
    return (
      firstRow<KnownRow>(this.sql, "select seq, turn, ended_by, brief from keys where hash = ?", hash) ?? null
    );
  }

  add(
    hash: string,
    seq: number,
    at: number,
    { turn, brief }: Pick<KnownKey, "turn" | "brief"> = { turn: 0, brief: null },
  ): void {
    this.sql.all(
      "insert or replace into keys (hash, seq, at, turn, ended_by, brief) values (?, ?, ?, ?, null, ?)",
      hash,
      seq,
      at,
      turn,
      brief,
    );
  }

  /** What the key named was taken back by the event of another key: it may come again. */
  end(hash: string, by: string): void {
    this.sql.all("update keys set ended_by = ? where hash = ? and ended_by is null", by, hash);
  }

  /**
   * Forgets at most `limit` of the oldest keys, none of the newest `keep` nor of an event after number `flushed`: Postgres
   * must know what comes again. Returns how many went.
   */
  dropOldest(limit: number, keep: number, flushed: number): number {
    const newest = firstRow<{ seq: number }>(this.sql, "select seq from keys order by at desc limit 1");
    const last = Math.min(flushed, (newest?.seq ?? 0) - keep);
    return this.sql.all(
      "delete from keys where hash in (select hash from keys where seq <= ? order by at limit ?) returning 1",
      last,
      limit,
    ).length;
  }

  /** Forgets keys taken before `before` (milliseconds). Postgres still refuses what comes again after that. */
  prune(before: number): void {
    this.sql.all("delete from keys where at < ?", before);
  }
}

type KnownRow = { seq: number; turn: number; ended_by: string | null; brief: string | null };
