import type { Sql } from "./sql.ts";

/** What providers sent, kept beside the log only until Postgres has it. */
export class PendingRaw {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
  }

  add(seq: number, body: string): void {
    this.sql.all("insert into pending_raw (seq, body) values (?, ?)", seq, body);
  }

  /** How long the raw texts of the numbers `first` to `last` are. */
  sizes(first: number, last: number): Map<number, number> {
    const rows = this.sql.all<{ seq: number; size: number }>(
      "select seq, length(body) as size from pending_raw where seq between ? and ?",
      first,
      last,
    );
    return new Map(rows.map((row) => [row.seq, row.size]));
  }

  /** The raw values of the numbers `first` to `last`. */
  between(first: number, last: number): Map<number, unknown> {
    const rows = this.sql.all<{ seq: number; body: string }>(
      "select seq, body from pending_raw where seq between ? and ?",
      first,
      last,
    );
    return new Map(rows.map((row) => [row.seq, JSON.parse(row.body)]));
  }

  dropThrough(seq: number): void {
    this.sql.all("delete from pending_raw where seq <= ?", seq);
  }
}
