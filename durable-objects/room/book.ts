import type { Floor, FloorCause, MarketEvent } from "../../shared/contracts/market.ts";
import { unitOf } from "../../shared/domain/unit.ts";
import { sortKey } from "./sort-key.ts";
import { firstRow, type Sql, type SqlRow } from "./sql.ts";

const TABLES = `
  create table if not exists book (
    order_id text primary key, token_id text, maker text, marketplace text, source text not null,
    price text not null, sort text not null, currency text not null, unit text not null,
    quantity text not null, listed_at integer not null, expires_at integer, event_key text not null
  ) without rowid;
  create index if not exists book_floor on book (unit, sort);
  create index if not exists book_token on book (token_id);
  create index if not exists book_event on book (event_key);
  create index if not exists book_expiry on book (expires_at) where expires_at is not null;
  create table if not exists closed_orders (order_id text primary key, at integer not null) without rowid;
  create index if not exists closed_orders_at on closed_orders (at);
  create table if not exists departures (
    token_id text not null, holder text not null, at integer not null, primary key (token_id, holder)
  ) without rowid;
  create index if not exists departures_at on departures (at);
`;

interface Listing extends SqlRow {
  order_id: string;
  token_id: string | null;
  maker: string | null;
  marketplace: string | null;
  source: string;
  price: string;
  currency: string;
  quantity: string;
  listed_at: number;
  expires_at: number | null;
}

/** A listing without an order id is its own order. */
export function orderIdOf(event: Pick<MarketEvent, "order_id" | "event_key">): string {
  return event.order_id ?? event.event_key;
}

/**
 * The open listings of a collection. Orders may be told in any order: what was closed stays closed when its
 * listing comes late, and a listing made before its maker parted with the token never opens.
 */
export class Book {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
    sql.all(TABLES);
  }

  /** Takes one event and says why the floor may have moved, or `null` where it cannot have. */
  apply(event: MarketEvent, now: number): FloorCause | null {
    if (event.kind === "listing") return this.open(event, now);
    if (event.kind === "sale") return this.part(event, "sale");
    if (event.kind === "transfer") return this.part(event, "transfer");
    if (event.kind === "cancel") return this.cancel(event);
    return null;
  }

  /** The lowest open listing in `unit` at `now`; the older one of two at the same price. */
  floor(unit: string | null, now: number): Floor | null {
    const row = firstRow<Listing>(
      this.sql,
      `select * from book where unit = ? and (expires_at is null or expires_at > ?)
       order by sort, listed_at, order_id limit 1`,
      unit,
      now,
    );
    if (row === undefined) return null;
    return {
      price: row.price,
      currency: row.currency,
      basis: "item",
      token_id: row.token_id,
      order_id: row.order_id,
      marketplace: row.marketplace,
      source: row.source,
      listed_at: new Date(row.listed_at).toISOString(),
    };
  }

  size(): number {
    return firstRow<{ n: number }>(this.sql, "select count(*) as n from book")?.n ?? 0;
  }

  /** When the next listing expires, in milliseconds, or `null`. */
  nextExpiry(): number | null {
    return (
      firstRow<{ at: number | null }>(
        this.sql,
        "select min(expires_at) as at from book where expires_at is not null",
      )?.at ?? null
    );
  }

  /** Removes what has expired by `now` and returns the order ids. */
  expire(now: number): string[] {
    return this.sql
      .all<{ order_id: string }>(
        "delete from book where expires_at is not null and expires_at <= ? returning order_id",
        now,
      )
      .map((row) => row.order_id);
  }

  /** Takes an order out as of `at`, whether or not its listing was seen yet. Returns whether it was open. */
  close(orderId: string, at: number): boolean {
    this.sql.all(
      `insert into closed_orders (order_id, at) values (?, ?)
       on conflict (order_id) do update set at = max(at, excluded.at)`,
      orderId,
      at,
    );
    return this.sql.all("delete from book where order_id = ? returning order_id", orderId).length > 0;
  }

  has(orderId: string): boolean {
    return firstRow(this.sql, "select 1 from book where order_id = ?", orderId) !== undefined;
  }

  /** Closes the order that an event opened, if it still stands. */
  closeByEvent(eventKey: string): boolean {
    const row = firstRow<{ order_id: string }>(
      this.sql,
      "select order_id from book where event_key = ?",
      eventKey,
    );
    if (row === undefined) return false;
    this.sql.all("delete from book where order_id = ?", row.order_id);
    return true;
  }

  /** Forgets what guards against late listings older than `before`. */
  prune(before: number): void {
    this.sql.all("delete from closed_orders where at < ?", before);
    this.sql.all("delete from departures where at < ?", before);
  }

  private open(event: MarketEvent, now: number): FloorCause | null {
    if (event.price === null || event.currency === null) return null;
    const orderId = orderIdOf(event);
    const listedAt = Date.parse(event.occurred_at);
    const expiresAt = event.expires_at === null ? null : Date.parse(event.expires_at);
    if (this.isClosed(orderId, listedAt) || this.hasParted(event.token_id, event.from, listedAt)) return null;
    const replaced = this.replace(event, orderId, listedAt);
    if (replaced === "newer is open") return null;
    if (expiresAt !== null && expiresAt <= now) return replaced === "replaced" ? "expiry" : null;
    this.sql.all(
      `insert into book (order_id, token_id, maker, marketplace, source, price, sort, currency, unit,
         quantity, listed_at, expires_at, event_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      orderId,
      event.token_id,
      event.from,
      event.marketplace,
      event.source,
      event.price,
      sortKey(event.price),
      event.currency,
      unitOf(event.currency),
      event.quantity,
      listedAt,
      expiresAt,
      event.event_key,
    );
    return replaced === "replaced" ? "reprice" : "new_listing";
  }

  /**
   * A seller who lists the same single item again on the same marketplace has changed the price; more than
   * one item may stand in several lots. The same order told again is a change of that order.
   */
  private replace(event: MarketEvent, orderId: string, listedAt: number) {
    const same = this.sql.all<Listing>(
      `select * from book where order_id = ?
         or (token_id = ? and maker = ? and marketplace is ? and quantity = '1' and ? = '1')`,
      orderId,
      event.token_id,
      event.from,
      event.marketplace,
      event.quantity,
    );
    if (same.some((listing) => listing.listed_at > listedAt)) return "newer is open";
    for (const listing of same) this.sql.all("delete from book where order_id = ?", listing.order_id);
    return same.length > 0 ? "replaced" : "new";
  }

  /** A sale or transfer: the order is filled, and what the giver had listed of the token no longer stands. */
  private part(event: MarketEvent, cause: "sale" | "transfer"): FloorCause | null {
    if (event.from !== null && event.from === event.to) return null;
    const at = Date.parse(event.occurred_at);
    let touched = false;
    if (event.order_id !== null) touched = this.fill(event.order_id, event.quantity, at);
    if (event.token_id !== null) {
      const listings = this.sql.all<Listing>(
        "select * from book where token_id = ? and listed_at <= ? and (? is null or maker is null or maker = ?)",
        event.token_id,
        at,
        event.from,
        event.from,
      );
      for (const listing of listings) {
        if (listing.order_id === event.order_id || listing.quantity !== "1") continue;
        touched = this.close(listing.order_id, at) || touched;
      }
      if (event.from !== null && event.quantity === "1") this.rememberParting(event.token_id, event.from, at);
    }
    return touched ? cause : null;
  }

  /** Takes `quantity` out of an order; what is left of a larger lot stays open. */
  private fill(orderId: string, quantity: string, at: number): boolean {
    const listing = firstRow<Listing>(this.sql, "select * from book where order_id = ?", orderId);
    const left = listing === undefined ? 0n : BigInt(listing.quantity) - BigInt(quantity);
    if (left <= 0n) return this.close(orderId, at);
    this.sql.all("update book set quantity = ? where order_id = ?", left.toString(), orderId);
    return true;
  }

  private cancel(event: MarketEvent): FloorCause | null {
    const at = Date.parse(event.occurred_at);
    if (event.order_id !== null) return this.close(event.order_id, at) ? "cancel" : null;
    if (event.token_id === null) return null;
    const gone = this.sql.all<{ order_id: string }>(
      `select order_id from book where token_id = ? and listed_at <= ? and (? is null or maker = ?)
       and (? is null or marketplace = ?)`,
      event.token_id,
      at,
      event.from,
      event.from,
      event.marketplace,
      event.marketplace,
    );
    for (const row of gone) this.close(row.order_id, at);
    return gone.length > 0 ? "cancel" : null;
  }

  /** Whether an order was closed at or after `listedAt`; one that was made valid again later may open again. */
  private isClosed(orderId: string, listedAt: number): boolean {
    const query = "select 1 from closed_orders where order_id = ? and at >= ?";
    return firstRow(this.sql, query, orderId, listedAt) !== undefined;
  }

  private hasParted(tokenId: string | null, maker: string | null, listedAt: number): boolean {
    if (tokenId === null || maker === null) return false;
    return (
      firstRow(
        this.sql,
        "select 1 from departures where token_id = ? and holder = ? and at >= ?",
        tokenId,
        maker,
        listedAt,
      ) !== undefined
    );
  }

  private rememberParting(tokenId: string, holder: string, at: number): void {
    this.sql.all(
      `insert into departures (token_id, holder, at) values (?, ?, ?)
       on conflict (token_id, holder) do update set at = max(at, excluded.at)`,
      tokenId,
      holder,
      at,
    );
  }
}
