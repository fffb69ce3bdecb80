import { firstRow, type Sql } from "./sql.ts";

/** Every event key that the room has taken, kept for longer than the log, so that a repeat is known as one. */
export class KeyIndex {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
    sql.all(`
      create table if not exists keys (hash text primary key, seq integer not null, at integer not null) without rowid;
      create index if not exists keys_at on keys (at);
    `);
  }

  /** The number under which the key was taken, or `null`. */
  find(hash: string): number | null {
    return firstRow<{ seq: number }>(this.sql, "select seq from keys where hash = ?", hash)?.seq ?? null;
  }

  add(hash: string, seq: number, at: number): void {
    this.sql.all("insert into keys (hash, seq, at) values (?, ?, ?)", hash, seq, at);
  }

  /** Forgets keys taken before `before` (milliseconds). Postgres still refuses what comes again after that. */
  prune(before: number): void {
    this.sql.all("delete from keys where at < ?", before);
  }
}
