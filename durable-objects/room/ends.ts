import type { MarketEvent } from "../../shared/contracts/market.ts";
import type { Listing } from "./listing.ts";
import { firstRow, type Sql } from "./sql.ts";

/** In place of the token: a maker's orders of all tokens, which a raised counter cancels at once. */
const ALL_TOKENS = "";

/** Whether end `t` of a token ends listing `l`. By the token alone nobody can tell what a sale leaves of a lot. */
const ENDS_LISTING = `t.at >= l.listed_at and case t.kind
  when 'cancel' then (t.holder is null or l.maker = t.holder)
    and (t.marketplace is null or l.marketplace = t.marketplace)
  else l.quantity = '1' and t.order_id is not l.order_id
    and (t.holder is null or l.maker is null or l.maker = t.holder) end`;

/**
 * What sales, transfers and cancels say of listings, by the event that says it: so that a listing which is told
 * late meets it, and that it can be taken back. An end counts for listings made at or before its time.
 */
export class Ends {
  private readonly sql: Sql;
  constructor(sql: Sql) {
    this.sql = sql;
  }

  /** An order was cancelled, or filled with `quantity`, as of `at` in milliseconds. */
  endOrder(orderId: string, eventKey: string, at: number, quantity: string | null, now: number): void {
    this.sql.all(
      "insert or replace into order_ends (order_id, event_key, at, quantity, told_at) values (?, ?, ?, ?, ?)",
      orderId,
      eventKey,
      at,
      quantity,
      now,
    );
  }

  /**
   * A token left its holder (`sale`, `transfer`), or its listings were cancelled; whose is not known where `from` is
   * `null`. A cancel without a token is of all that `from` listed.
   */
  endToken(event: MarketEvent, now: number): void {
    this.sql.all(
      `insert or replace into token_ends (token_id, event_key, at, kind, holder, marketplace, order_id, told_at)
       values (?, ?, ?, ?, ?, ?, ?, ?)`,
      event.token_id ?? ALL_TOKENS,
      event.event_key,
      Date.parse(event.occurred_at),
      event.kind,
      event.from,
      event.marketplace,
      event.order_id,
      now,
    );
  }

  /** The open listings that an event ended by their token. */
  endedBy(eventKey: string): Listing[] {
    return this.sql.all<Listing>(
      `select l.* from token_ends t join book l on t.token_id = l.token_id and ${ENDS_LISTING} where t.event_key = ?
       union all
       select l.* from token_ends t join book l on t.holder = l.maker and ${ENDS_LISTING}
       where t.event_key = ? and t.token_id = '${ALL_TOKENS}'`,
      eventKey,
      eventKey,
    );
  }

  /** The event that ended a listing, or `null` while it stands. */
  of(listing: Listing): string | null {
    return this.ofOrder(listing) ?? this.ofToken(listing);
  }

  /** The orders that an event ended or filled. */
  ordersOf(eventKey: string): string[] {
    return this.sql
      .all<{ order_id: string }>("select order_id from order_ends where event_key = ?", eventKey)
      .map((row) => row.order_id);
  }

  /** What an event said counts no more. */
  takeBack(eventKey: string): void {
    this.sql.all("delete from order_ends where event_key = ?", eventKey);
    this.sql.all("delete from token_ends where event_key = ?", eventKey);
  }

  /** Forgets at most `limit` of what was told first. */
  dropOldest(limit: number): void {
    this.sql.all(
      `delete from order_ends where (order_id, event_key) in
         (select order_id, event_key from order_ends order by told_at limit ?)`,
      limit,
    );
    this.sql.all(
      `delete from token_ends where (token_id, event_key) in
         (select token_id, event_key from token_ends order by told_at limit ?)`,
      limit,
    );
  }

  /** Forgets what was told before `before` (milliseconds). */
  prune(before: number): void {
    this.sql.all("delete from order_ends where told_at < ?", before);
    this.sql.all("delete from token_ends where told_at < ?", before);
  }

  /** A lot stands while anything of it is left. */
  private ofOrder(listing: Listing): string | null {
    let left = BigInt(listing.quantity);
    const ends = this.sql.all<{ event_key: string; quantity: string | null }>(
      "select event_key, quantity from order_ends where order_id = ? and at >= ? order by at, event_key",
      listing.order_id,
      listing.listed_at,
    );
    for (const { event_key, quantity } of ends) {
      if (quantity === null) return event_key;
      left -= BigInt(quantity);
      if (left <= 0n) return event_key;
    }
    return null;
  }

  private ofToken(listing: Listing): string | null {
    const end = firstRow<{ event_key: string }>(
      this.sql,
      `with l (token_id, order_id, maker, marketplace, quantity, listed_at) as (values (?, ?, ?, ?, ?, ?))
       select t.event_key, t.at from l join token_ends t on t.token_id = l.token_id and ${ENDS_LISTING}
       union all
       select t.event_key, t.at from l join token_ends t
         on t.token_id = '${ALL_TOKENS}' and t.holder = l.maker and ${ENDS_LISTING}
       order by 2 limit 1`,
      listing.token_id,
      listing.order_id,
      listing.maker,
      listing.marketplace,
      listing.quantity,
      listing.listed_at,
    );
    return end?.event_key ?? null;
  }
}
