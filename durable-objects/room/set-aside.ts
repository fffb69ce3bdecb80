import { MARKET_EVENT_BODY } from "./event-body.ts";
import { firstRow, type Sql } from "./sql.ts";

/** An event that Postgres refused for good. */
export interface SetAsideEvent {
  seq: number;
  /** Five characters; class 22 or 23. */
  sqlstate: string;
  /** The event and what its provider sent, as JSON. */
  body: string;
  raw: string | null;
}

/** Events that Postgres will not take, kept until somebody looks: no other copy of them lasts. */
export class SetAside {
  private readonly sql: Sql;

  constructor(sql: Sql) {
    this.sql = sql;
  }

  add(event: SetAsideEvent, now: number): void {
    this.sql.all(
      "insert or replace into set_aside (seq, at, sqlstate, body, raw, v) values (?, ?, ?, ?, ?, ?)",
      event.seq,
      now,
      event.sqlstate,
      event.body,
      event.raw,
      MARKET_EVENT_BODY.version,
    );
  }

  /** What is numbered after `last` goes on under another epoch. */
  moveToEpoch(epoch: string, last: number): void {
    this.sql.all("update set_aside set body = json_set(body, '$.epoch', ?) where seq > ?", epoch, last);
  }

  /** Those after number `after`, oldest first. */
  page(after: number, limit: number): SetAsideEvent[] {
    return this.sql
      .all<Row>(
        "select seq, sqlstate, body, raw, v from set_aside where seq > ? order by seq limit ?",
        after,
        limit,
      )
      .map(toEvent);
  }

  remove(seq: number): void {
    this.sql.all("delete from set_aside where seq = ?", seq);
  }

  /** How many in a row end at number `seq`, all refused with `sqlstate`; at most `limit`. */
  runBefore(seq: number, sqlstate: string, limit: number): number {
    const rows = this.sql.all<{ seq: number; sqlstate: string }>(
      "select seq, sqlstate from set_aside where seq <= ? order by seq desc limit ?",
      seq,
      limit,
    );
    const end = rows.findIndex((row, i) => row.seq !== seq - i || row.sqlstate !== sqlstate);
    return end < 0 ? rows.length : end;
  }

  /** Which of the numbers after `after` are among them. */
  after(after: number): Set<number> {
    const rows = this.sql.all<{ seq: number }>("select seq from set_aside where seq > ?", after);
    return new Set(rows.map((row) => row.seq));
  }

  count(): number {
    return firstRow<{ n: number }>(this.sql, "select count(*) as n from set_aside")?.n ?? 0;
  }

  /** The newest of them, or `null` where there is none. */
  last(): SetAsideEvent | null {
    const row = firstRow<Row>(
      this.sql,
      "select seq, sqlstate, body, raw, v from set_aside order by seq desc limit 1",
    );
    return row === undefined ? null : toEvent(row);
  }
}

type Row = { seq: number; sqlstate: string; body: string; raw: string | null; v: number };

const toEvent = ({ v, ...row }: Row): SetAsideEvent => ({
  ...row,
  body: MARKET_EVENT_BODY.read(row.body, v),
});
