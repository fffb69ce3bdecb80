import type { Floor, FloorCause, MarketEvent } from "../../shared/contracts/market.ts";
import { Ends } from "./ends.ts";
import { type Listing, listingOf } from "./listing.ts";
import { ListingTable } from "./listing-table.ts";
import { firstRow, type Sql } from "./sql.ts";

/** Closed listings that are kept in case that what closed them is taken back. */
const KEPT_CLOSED = 50_000;

/**
 * The open listings of a collection. Events may be told in any order and taken back: whether a listing stands
 * goes by the times of all that was told of it, and not by when.
 */
export class Book {
  private readonly sql: Sql;
  private readonly listings: ListingTable;
  private readonly ends: Ends;
  constructor(sql: Sql) {
    this.sql = sql;
    this.listings = new ListingTable(sql);
    this.ends = new Ends(sql);
  }

  /** Takes one event and says why the floor may have moved, or `null` where it cannot have. */
  apply(event: MarketEvent, now: number): FloorCause | null {
    if (event.kind === "listing") {
      const listing = listingOf(event);
      return listing === null ? null : this.place(listing, now);
    }
    if (event.kind === "sale" || event.kind === "transfer") return this.part(event, now) ? event.kind : null;
    if (event.kind === "cancel") return this.cancel(event, now) ? "cancel" : null;
    return null;
  }

  /**
   * Undoes what an event did: the listing that it told goes, and those that it closed stand again unless they
   * ran out or something else closes them. Returns whether the book is another one now.
   */
  takeBack(eventKey: string, now: number): boolean {
    const orders = this.ends.ordersOf(eventKey);
    this.ends.takeBack(eventKey);
    let changed = this.listings.forget(eventKey);
    for (const listing of this.listings.takeClosed(eventKey, orders))
      changed = this.place(listing, now) !== null || changed;
    return changed;
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

  /** How many tokens are listed: several orders of one are one, and one that names no token counts as one. */
  listed(): number {
    const row = firstRow<{ n: number }>(
      this.sql,
      "select count(distinct token_id) + count(*) - count(token_id) as n from book",
    );
    return row?.n ?? 0;
  }

  /** How many orders are open. */
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

  /** When an open listing expires, in milliseconds; `null`: never, or it is not open. */
  expiryOf(orderId: string): number | null {
    return this.listings.byOrder(orderId)?.expires_at ?? null;
  }

  /** Removes what has expired by `now` and returns the order ids. */
  expire(now: number): string[] {
    const expired = this.listings.expired(now);
    for (const listing of expired) this.listings.close(listing, null, now);
    return expired.map((listing) => listing.order_id);
  }

  has(orderId: string): boolean {
    return this.listings.byOrder(orderId) !== undefined;
  }

  /** Forgets what guards against late listings, and what could be taken back, from before `before`. */
  prune(before: number): void {
    this.ends.prune(before);
    this.listings.prune(before, KEPT_CLOSED);
  }

  /**
   * Opens a listing if it stands. An order told again is a change of it. Orders are valid until they are filled,
   * cancelled or run out, so several of one maker and token may stand at once; only a seller whose listings name no
   * order, and who lists the same single item again on the same marketplace, is taken to have changed the price.
   */
  private place(listing: Listing, now: number): FloorCause | null {
    const same = this.listings.same(listing);
    const replaced = same.filter((other) => other.listed_at <= listing.listed_at);
    for (const older of replaced) this.listings.close(older, listing.event_key, now);
    const newer = same.find((other) => other.listed_at > listing.listed_at);
    const by = newer?.event_key ?? this.listings.closedReplacement(listing) ?? this.ends.of(listing);
    const expired = listing.expires_at !== null && listing.expires_at <= now;
    if (by !== null || expired) {
      this.listings.close(listing, by, now);
      if (replaced.length === 0) return null;
      return expired ? "expiry" : "reprice";
    }
    this.listings.open(listing);
    return replaced.length > 0 ? "reprice" : "new_listing";
  }

  /** A sale or transfer: the order is filled, and what the giver had listed of the token no longer stands. */
  private part(event: MarketEvent, now: number): boolean {
    if (event.from !== null && event.from === event.to) return false;
    const filled = event.order_id !== null && this.endOrder(event.order_id, event, event.quantity, now);
    return this.endToken(event, now) || filled;
  }

  private cancel(event: MarketEvent, now: number): boolean {
    if (event.order_id !== null) return this.endOrder(event.order_id, event, null, now);
    return this.endToken(event, now);
  }

  /** Takes `quantity` out of an order, or all of it, whether or not its listing was seen yet. */
  private endOrder(orderId: string, event: MarketEvent, quantity: string | null, now: number): boolean {
    const open = this.listings.byOrder(orderId);
    // What ends an order that stands was after its listing, whatever the clocks of the two sources say.
    const at = Math.max(Date.parse(event.occurred_at), open?.listed_at ?? 0);
    this.ends.endOrder(orderId, event.event_key, at, quantity, now);
    const by = open === undefined ? null : this.ends.of(open);
    if (open === undefined || by === null) return false;
    this.listings.close(open, by, now);
    return true;
  }

  private endToken(event: MarketEvent, now: number): boolean {
    const everything = event.kind === "cancel" && event.token_id === null && event.from !== null;
    if (event.token_id === null && !everything) return false;
    this.ends.endToken(event, now);
    const ended = this.ends.endedBy(event.event_key);
    for (const listing of ended) this.listings.close(listing, event.event_key, now);
    return ended.length > 0;
  }
}
