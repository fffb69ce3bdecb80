import type { EventLog } from "./event-log.ts";
import { firstRow, type Sql } from "./sql.ts";

/**
 * The number up to which the room expects Postgres to stand in its epoch. That is the mark of what is flushed,
 * except from the moment on when the two were found to differ until the next flush.
 */
export class StoredPosition {
  private readonly sql: Sql;
  private readonly log: EventLog;
  private differs: number | null;

  constructor(sql: Sql, log: EventLog) {
    this.sql = sql;
    this.log = log;
    this.differs = this.read();
  }

  get(): number {
    return this.differs ?? this.log.mark("flushed");
  }

  /** `null`: the same as what is flushed. */
  set(seq: number | null): void {
    if (seq === this.differs) return;
    this.differs = seq;
    if (seq === null) this.sql.all("delete from marks where name = 'stored'");
    else this.sql.all("insert or replace into marks (name, value) values ('stored', ?)", String(seq));
  }

  /** Reads again, after a transaction was rolled back. */
  reload(): void {
    this.differs = this.read();
  }

  private read(): number | null {
    const row = firstRow<{ value: string }>(this.sql, "select value from marks where name = 'stored'");
    return row === undefined ? null : Number(row.value);
  }
}
