import type { Floor, FloorCause, MarketEvent } from "../../shared/contracts/market.ts";
import { Ends } from "./ends.ts";
import { type Listing, listingOf } from "./listing.ts";
import { ListingTable } from "./listing-table.ts";
import { comesDownTo, nextStep, priceAt, scheduleOf } from "./price-schedule.ts";
import { sortKey } from "./sort-key.ts";
import { firstRow, type Sql } from "./sql.ts";

/** Listings with moving prices that are looked at for a floor: those that can come lowest. */
const MOST_TIMED = 500;

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

  /** The lowest open listing in `unit` at `now`, by its price then; the older one of two at the same price. */
  floor(unit: string | null, now: number): Floor | null {
    const fixed = firstRow<Listing>(
      this.sql,
      `select * from book where unit = ? and (expires_at is null or expires_at > ?)
         and end_price is null and starts_at is null
       order by sort, listed_at, order_id limit 1`,
      unit,
      now,
    );
    let best = fixed === undefined ? null : priced(fixed, now);
    for (const listing of this.timed(unit, now)) {
      // They come by the lowest that their price will ever be.
      if (best !== null && listing.sort > best.sort) break;
      if (listing.starts_at !== null && listing.starts_at > now) continue;
      const rival = priced(listing, now);
      if (best === null || isBelow(rival, best)) best = rival;
    }
    return best === null ? null : floorOf(best);
  }

  /**
   * The next instant after `since`, when `floor` was told, at which a price that moves by itself, or a listing that
   * opens later, can make another floor; `null` where none does.
   */
  nextChange(unit: string | null, floor: Floor | null, since: number): number | null {
    const level = floor === null ? null : sortKey(floor.price);
    let next = Number.POSITIVE_INFINITY;
    const consider = (at: number | null) => {
      if (at !== null && at > since) next = Math.min(next, at);
    };
    for (const listing of this.timed(unit, since)) {
      const isFloor = listing.order_id === floor?.order_id;
      if (level !== null && !isFloor && listing.sort > level) break;
      if (isFloor) consider(nextStep(listing, since));
      else if (listing.starts_at !== null && listing.starts_at > since) consider(listing.starts_at);
      else if (floor !== null) consider(comesDownTo(listing, floor.price, since));
    }
    // The floor itself may come behind where the loop ended.
    const own = floor === null ? undefined : this.listings.byOrder(floor.order_id);
    if (own !== undefined) consider(nextStep(own, since));
    return Number.isFinite(next) ? next : null;
  }

  /** Listings whose price moves or that open later, by the lowest that their price will be. */
  private timed(unit: string | null, now: number): Listing[] {
    return this.sql.all<Listing>(
      // The planner would take the index of all listings and read every one of them.
      `select * from book indexed by book_timed where unit = ? and (end_price is not null or starts_at is not null)
         and (expires_at is null or expires_at > ?)
       order by sort, listed_at, order_id limit ?`,
      unit,
      now,
      MOST_TIMED,
    );
  }

  /** How many tokens are listed: several orders of one are one, and one that names no token counts as one. */
  listed(): number {
    const row = firstRow<{ n: number }>(
      this.sql,
      "select count(distinct token_id) + count(*) - count(token_id) as n from book",
    );
    return row?.n ?? 0;
  }

  /** Forgets at most `limit` rows of each of what was closed and told first. */
  dropOldest(limit: number): void {
    this.listings.dropOldest(limit);
    this.ends.dropOldest(limit);
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

/** A listing with what it costs at an instant. */
interface Priced {
  listing: Listing;
  price: string;
  /** `price` as text that sorts as the number does. */
  sort: string;
}

function priced(listing: Listing, now: number): Priced {
  const price = priceAt(listing, now);
  return { listing, price, sort: sortKey(price) };
}

/** By price, then age, then order. */
function isBelow(one: Priced, other: Priced): boolean {
  if (one.sort !== other.sort) return one.sort < other.sort;
  if (one.listing.listed_at !== other.listing.listed_at)
    return one.listing.listed_at < other.listing.listed_at;
  return one.listing.order_id < other.listing.order_id;
}

function floorOf({ listing, price }: Priced): Floor {
  const iso = (ms: number) => new Date(ms).toISOString();
  const schedule = scheduleOf(listing);
  return {
    price,
    currency: listing.currency,
    basis: "item",
    token_id: listing.token_id,
    order_id: listing.order_id,
    marketplace: listing.marketplace,
    source: listing.source,
    listed_at: iso(listing.listed_at),
    ...(schedule !== null && {
      schedule: {
        start_price: schedule.price,
        end_price: schedule.end_price,
        starts_at: iso(schedule.starts_at),
        ends_at: iso(schedule.ends_at),
      },
    }),
  };
}
