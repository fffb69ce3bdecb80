import Big from "big.js";
import type { LiveVolume } from "../../shared/contracts/live.ts";
import type { MarketEvent } from "../../shared/contracts/market.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { MARKET_EVENT_BODY } from "./event-body.ts";
import { firstRow, type Sql } from "./sql.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** How many sales a snapshot shows, and how many are kept in case that some are taken back. */
const SHOWN_SALES = 20;
const KEPT_SALES = 100;
const KEPT_MINUTES_MS = 2 * DAY_MS;
const KEPT_RETRACTIONS_MS = 30 * DAY_MS;

/** The numbers of the newest sales, by the time they happened. */
const NEWEST = "select seq from recent_sales order by at desc, block desc, log desc, seq desc limit ?";

/** What a snapshot says of the last day: the newest sales, their number and their volume. */
export class RecentSales {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** Takes a sale, whose text stays in the log. */
  add(event: MarketEvent, now: number): void {
    const at = Date.parse(event.occurred_at);
    const counted = countedOf(event);
    this.sql.all(
      "insert into recent_sales (seq, at, block, log, event_key, unit, source, amount) values (?, ?, ?, ?, ?, ?, ?, ?)",
      event.seq,
      at,
      event.block_number ?? 0,
      event.log_index ?? 0,
      event.event_key,
      counted.unit,
      counted.source,
      counted.amount,
    );
    // A replayed history would otherwise fill the table with minutes that no snapshot shows.
    if (at > now - KEPT_MINUTES_MS) this.count(counted, at, 1);
  }

  /** Whether an event was taken back, which may be told before the event itself. */
  isRetracted(eventKey: string): boolean {
    return firstRow(this.sql, "select 1 from retracted where event_key = ?", eventKey) !== undefined;
  }

  /** An event that was taken back is told again: it counts from now on. */
  restore(eventKey: string): void {
    this.sql.all("delete from retracted where event_key = ?", eventKey);
  }

  /**
   * Takes an event back; if it is a sale of the last two days, it counts here no more. `seq` is its number, or `null` where
   * the room does not know it any more.
   */
  retract(eventKey: string, seq: number | null, now: number): void {
    this.sql.all("insert or ignore into retracted (event_key, at) values (?, ?)", eventKey, now);
    const row = firstRow<Counted & { seq: number; at: number }>(
      this.sql,
      // A key that was forgotten is looked for among the sales that a snapshot may show: thousands may come at once.
      `select seq, at, unit, source, amount from recent_sales where event_key = ? and ${seq === null ? `seq in (${NEWEST})` : "seq = ?"}`,
      eventKey,
      seq ?? KEPT_SALES,
    );
    if (row === undefined) return;
    this.sql.all("delete from recent_sales where seq = ?", row.seq);
    if (row.at > now - KEPT_MINUTES_MS) this.count(row, row.at, -1);
  }

  /** The log forgets its events up to number `last`: the texts of those that a snapshot may show are kept here, and no others. */
  keepBodies(last: number): void {
    this.sql.all(
      `insert or ignore into sale_bodies (seq, body, v)
       select seq, body, v from log where seq <= ? and seq in (${NEWEST})`,
      last,
      KEPT_SALES,
    );
    this.sql.all(`delete from sale_bodies where seq not in (${NEWEST})`, KEPT_SALES);
  }

  /** JSON texts of the newest sales by the time they happened, newest first. */
  newest(limit = SHOWN_SALES): string[] {
    return this.sql
      .all<{ body: string; v: number }>(
        `select coalesce(l.body, b.body) as body, coalesce(l.v, b.v) as v
         from recent_sales s left join log l on l.seq = s.seq left join sale_bodies b on b.seq = s.seq
         where coalesce(l.body, b.body) is not null
         order by s.at desc, s.block desc, s.log desc, s.seq desc limit ?`,
        limit,
      )
      .map((row) => MARKET_EVENT_BODY.read(row.body, row.v));
  }

  /** Sales of the 24 hours before `now`; the oldest minute is counted whole. */
  volume(unit: string | null, now: number): LiveVolume {
    const rows = this.sql.all<{ unit: string; source: string; sales: number; volume: string }>(
      "select unit, source, sales, volume from sale_minutes where minute > ? and minute <= ? and sales > 0",
      Math.floor((now - DAY_MS) / MINUTE_MS) - 1,
      Math.floor(now / MINUTE_MS),
    );
    const priced = rows.filter((row) => row.unit === unit && row.volume !== "0");
    return {
      window: "24h",
      sales: rows.reduce((sum, row) => sum + row.sales, 0),
      priced_sales: priced.reduce((sum, row) => sum + row.sales, 0),
      volume:
        priced.length === 0 ? null : priced.reduce((sum, row) => sum.plus(row.volume), new Big(0)).toFixed(),
      currency: unit,
      basis: "total",
      sources: [...new Set(rows.map((row) => row.source))].sort(),
    };
  }

  prune(now: number): void {
    this.sql.all(
      "delete from sale_minutes where minute < ?",
      Math.floor((now - KEPT_MINUTES_MS) / MINUTE_MS),
    );
    this.sql.all(
      `delete from recent_sales where at < ? and seq not in (${NEWEST})`,
      now - KEPT_MINUTES_MS,
      KEPT_SALES,
    );
    this.sql.all("delete from sale_bodies where seq not in (select seq from recent_sales)");
    this.sql.all("delete from retracted where at < ?", now - KEPT_RETRACTIONS_MS);
  }

  private count({ unit, source, amount }: Counted, at: number, sign: 1 | -1): void {
    const minute = Math.floor(at / MINUTE_MS);
    const known = firstRow<{ volume: string }>(
      this.sql,
      "select volume from sale_minutes where minute = ? and unit = ? and source = ?",
      minute,
      unit,
      source,
    );
    const more = new Big(amount);
    const volume = new Big(known?.volume ?? "0").plus(sign === 1 ? more : more.neg()).toFixed();
    this.sql.all(
      `insert into sale_minutes (minute, unit, source, sales, volume) values (?, ?, ?, ?, ?)
       on conflict (minute, unit, source) do update set sales = sales + excluded.sales, volume = excluded.volume`,
      minute,
      unit,
      source,
      sign,
      volume,
    );
  }
}

/** What a sale adds to its minute; without a price, to the minute's sales of no unit. */
type Counted = { unit: string; source: string; amount: string };

export function countedOf({ currency, total_price, source }: MarketEvent): Counted {
  const unit = currency === null || total_price === null ? "" : unitOf(currency);
  return { unit, source, amount: total_price ?? "0" };
}
