import type { Listing } from "./listing.ts";
import { firstRow, type Sql } from "./sql.ts";

const COLUMNS =
  "order_id, named, token_id, maker, marketplace, source, price, end_price, starts_at, sort, currency, unit, quantity, listed_at, expires_at, event_key";

/**
 * Another listing of the same order; or, where neither names its order, of the same single item by the same maker on
 * the same marketplace, which is a change of its price. Orders that are named stand beside each other.
 */
const SAME = `event_key <> ? and (order_id = ?
  or (? = 0 and named = 0 and token_id = ? and maker = ? and marketplace is ? and quantity = '1' and ? = '1'))`;

function sameAs(listing: Listing) {
  const { event_key, order_id, named, token_id, maker, marketplace, quantity } = listing;
  return [event_key, order_id, named, token_id, maker, marketplace, quantity];
}

/** The listings that stand, and those that do not, each with the event that it waits for to be taken back. */
export class ListingTable {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** Puts a listing into the book, also one that is there: its event may come again when its key is forgotten. */
  open(listing: Listing): void {
    this.sql.all(`insert or replace into book (${COLUMNS}) values (${marks(0)})`, ...valuesOf(listing));
  }

  /** Takes a listing out of the book and keeps it aside; `by` is `null` where nothing can bring it back. */
  close(listing: Listing, by: string | null, now: number): void {
    this.sql.all("delete from book where event_key = ?", listing.event_key);
    this.sql.all(
      `insert or replace into closed_listings (${COLUMNS}, closed_by, closed_at)
       values (${marks(2)})`,
      ...valuesOf(listing),
      by,
      now,
    );
  }

  /** Forgets the listing that an event told. Returns whether it was open. */
  forget(eventKey: string): boolean {
    this.sql.all("delete from closed_listings where event_key = ?", eventKey);
    return this.sql.all("delete from book where event_key = ? returning 1 as gone", eventKey).length > 0;
  }

  /** Listings that an event closed, or that belong to one of `orders`; they are kept aside no more. */
  takeClosed(by: string, orders: string[]): Listing[] {
    const closed = [
      ...this.sql.all<Listing>(`delete from closed_listings where closed_by = ? returning ${COLUMNS}`, by),
    ];
    for (const order of orders)
      closed.push(
        ...this.sql.all<Listing>(
          `delete from closed_listings where order_id = ? returning ${COLUMNS}`,
          order,
        ),
      );
    return closed;
  }

  byOrder(orderId: string): Listing | undefined {
    return firstRow<Listing>(this.sql, `select ${COLUMNS} from book where order_id = ?`, orderId);
  }

  /** The open listings that are the same as this one told again: see `SAME`. */
  same(listing: Listing): Listing[] {
    return this.sql.all<Listing>(`select ${COLUMNS} from book where ${SAME}`, ...sameAs(listing));
  }

  /** The event of such a listing that is newer and does not stand any more, or `null`. */
  closedReplacement(listing: Listing): string | null {
    const newer = firstRow<{ event_key: string }>(
      this.sql,
      `select event_key from closed_listings where ${SAME} and listed_at > ? limit 1`,
      ...sameAs(listing),
      listing.listed_at,
    );
    return newer?.event_key ?? null;
  }

  /** The open listings whose time is over. */
  expired(now: number): Listing[] {
    return this.sql.all<Listing>(
      `select ${COLUMNS} from book where expires_at is not null and expires_at <= ?`,
      now,
    );
  }

  /** Forgets at most `limit` of what was closed first. */
  dropOldest(limit: number): void {
    this.sql.all(
      "delete from closed_listings where event_key in (select event_key from closed_listings order by closed_at limit ?)",
      limit,
    );
  }

  /** Forgets what was closed before `before`, and of the rest all but the newest `keep`. */
  prune(before: number, keep: number): void {
    const last = firstRow<{ closed_at: number }>(
      this.sql,
      "select closed_at from closed_listings order by closed_at desc limit 1 offset ?",
      keep,
    );
    this.sql.all(
      "delete from closed_listings where closed_at < ? or closed_at <= ?",
      before,
      last?.closed_at ?? before - 1,
    );
  }
}

/** Placeholders of `COLUMNS` and so many more. */
function marks(more: number): string {
  return Array.from({ length: COLUMNS.split(",").length + more }, () => "?").join(", ");
}

function valuesOf(listing: Listing) {
  return [
    listing.order_id,
    listing.named,
    listing.token_id,
    listing.maker,
    listing.marketplace,
    listing.source,
    listing.price,
    listing.end_price,
    listing.starts_at,
    listing.sort,
    listing.currency,
    listing.unit,
    listing.quantity,
    listing.listed_at,
    listing.expires_at,
    listing.event_key,
  ];
}
