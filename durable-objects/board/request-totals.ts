import { RequestCount, RequestMark } from "../../shared/contracts/room.ts";
import { addBuckets } from "../../shared/monitoring/request-counts.ts";
import { markOf } from "../../shared/monitoring/request-figures.ts";
import type { Clock } from "../../shared/platform/clock.ts";
import { firstRow, type Sql } from "../room/sql.ts";
import { StoredJson } from "../storage/stored-json.ts";

/** Far more than routes, methods and statuses there are; what would be one more is counted as another route. */
const MOST_SERIES = 2000;
const OVERFLOW = "other";

/** Ids of the marks that are kept. */
const NEWEST = 1;
const BEFORE = 2;

const Buckets = new StoredJson(RequestCount.shape.buckets);
const Mark = new StoredJson(RequestMark);

type Row = {
  method: string;
  route: string;
  status: string;
  count: number;
  sum_s: number;
  buckets: string;
};

/** Requests that all isolates counted. In memory they would be gone whenever the runtime puts the object to sleep. */
export class RequestTotals {
  private readonly sql: Sql;
  private readonly now: Clock;

  constructor(sql: Sql, now: Clock) {
    this.sql = sql;
    this.now = now;
  }

  add(counts: readonly RequestCount[]): void {
    this.sql.transaction(() => {
      for (const count of counts) this.addOne(count);
    });
  }

  private addOne(given: RequestCount): void {
    const full = this.find(given) === undefined && this.size() >= MOST_SERIES;
    const more = full ? { ...given, method: "OTHER", route: OVERFLOW } : given;
    const known = this.find(more);
    const sum = known === undefined ? more.buckets : addBuckets(known.buckets, more.buckets);
    this.sql.all(
      "insert or replace into requests (method, route, status, count, sum_s, buckets) values (?, ?, ?, ?, ?, ?)",
      more.method,
      more.route,
      more.status,
      more.count + (known?.count ?? 0),
      more.sum_s + (known?.sum_s ?? 0),
      Buckets.write(sum),
    );
  }

  private find({ method, route, status }: RequestCount): RequestCount | undefined {
    const row = firstRow<Row>(
      this.sql,
      "select * from requests where method = ? and route = ? and status = ?",
      method,
      route,
      status,
    );
    return row && toCount(row);
  }

  private size(): number {
    return firstRow<{ n: number }>(this.sql, "select count(*) as n from requests")?.n ?? 0;
  }

  list(): RequestCount[] {
    return this.sql.all<Row>("select * from requests order by route, method, status").map(toCount);
  }

  /**
   * What was counted by now, and up to a mark. `move`: since the newest mark, and now is the newest. Otherwise since the one
   * before it, where there is one, so that figures do not begin at nothing whenever the mark has just moved.
   */
  mark(move: boolean): { before: RequestMark | null; now: RequestMark } {
    const now = markOf(this.list(), this.now());
    const newest = this.readMark(NEWEST);
    if (!move) return { before: this.readMark(BEFORE) ?? newest, now };
    this.sql.transaction(() => {
      if (newest !== null) this.writeMark(BEFORE, newest);
      this.writeMark(NEWEST, now);
    });
    return { before: newest, now };
  }

  private readMark(id: number): RequestMark | null {
    const row = firstRow<{ body: string }>(this.sql, "select body from marks where id = ?", id);
    return row === undefined ? null : Mark.read(row.body);
  }

  private writeMark(id: number, mark: RequestMark): void {
    this.sql.all("insert or replace into marks (id, body) values (?, ?)", id, Mark.write(mark));
  }
}

function toCount(row: Row): RequestCount {
  return RequestCount.parse({ ...row, buckets: Buckets.read(row.buckets) });
}
