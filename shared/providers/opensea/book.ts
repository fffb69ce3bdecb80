import type { MarketEventInput } from "../../contracts/market.ts";
import { movingPrice } from "../../domain/money.ts";
import { compareDecimals, divide } from "./amounts.ts";
import type { BookState, Tracked } from "./cursor.ts";
import { finishEvent, MARKETPLACE } from "./event.ts";
import { orderKey } from "./keys.ts";

/** The floor is decided at the bottom of the book, so that is what is watched. */
const MAX_TRACKED = 200;
const MAX_GONE = 200;
const MAX_CLOSED = 500;
const SWEEP_SECONDS = 600;
/** Soon again where something is missing: a ghost at the floor is the worst figure there is. */
const RESWEEP_SECONDS = 60;

/** The best listings could not be read: the rest goes on, and they are tried again in a minute. */
export function postponeSweep(book: BookState, nowSeconds: number): BookState {
  return { ...book, swept_at: nowSeconds - SWEEP_SECONDS + RESWEEP_SECONDS };
}

export function sweepDue(book: BookState, nowSeconds: number): boolean {
  return nowSeconds - book.swept_at >= (book.missing.length > 0 ? RESWEEP_SECONDS : SWEEP_SECONDS);
}

/**
 * Keeps the watched listings up with events read by REST, oldest first: new ones are watched; sold, moved and
 * cancelled ones are not, since their own event has closed them.
 */
export function trackEvents(book: BookState, events: readonly MarketEventInput[]): BookState {
  const open = new Map(book.open.map((entry) => [entry.order_id, entry]));
  const closed = new Set(book.closed);
  const gone = new Set(book.gone);
  for (const event of events) {
    if (event.kind === "bid" || event.kind === "metadata") continue;
    if (event.kind === "listing") {
      // A price that moves is watched from when a sweep reads what it is then.
      if (event.end_price != null) continue;
      for (const entry of trackable(event)) if (!closed.has(entry.order_id)) open.set(entry.order_id, entry);
      continue;
    }
    if (event.order_id) {
      closed.add(event.order_id);
      open.delete(event.order_id);
    }
    if (event.kind === "cancel" || !event.token_id) continue;
    for (const entry of open.values())
      if (entry.single && entry.token_id === event.token_id) {
        open.delete(entry.order_id);
        // The order itself is still valid: if its token comes back, a sweep finds it among the best again.
        gone.add(entry.order_id);
      }
  }
  return withOpen({ ...book, closed: [...closed].slice(-MAX_CLOSED), gone: [...gone].slice(-MAX_GONE) }, [
    ...open.values(),
  ]);
}

export interface FoundListings {
  listings: readonly MarketEventInput[];
  /** There are no others. */
  complete: boolean;
  /** All that was sent could be read; otherwise nothing is concluded from what is not there. */
  trusted: boolean;
}

export interface Sweep {
  book: BookState;
  /** Listings not watched before, then cancellations of those that are gone. */
  events: MarketEventInput[];
}

/**
 * Compares the watched listings with the best listings of now. REST tells no cancellation and the Stream may
 * lose one, so a listing that should be among the best (it is cheaper than the dearest of them) and is missing
 * twice running is declared cancelled, under the key that the Stream would have given.
 * Listings that were declared gone and are back must come under a key of their return (`Reopening`).
 */
export function sweepBook(book: BookState, found: FoundListings, slug: string, nowMs: number): Sweep {
  const present = new Set(found.listings.map((event) => event.order_id));
  const priced = found.listings.map((event) => atMoment(event, nowMs));
  const ceilings = highestByCurrency(priced);
  const absent = book.open.filter(
    (entry) =>
      found.trusted &&
      !present.has(entry.order_id) &&
      (entry.expires_at === null || entry.expires_at > nowMs) &&
      (found.complete || isBelow(entry, ceilings)),
  );
  const wasMissing = new Set(book.missing);
  const gone = absent.filter((entry) => wasMissing.has(entry.order_id));
  const goneIds = new Set(gone.map((entry) => entry.order_id));
  const watched = new Set(book.open.map((entry) => entry.order_id));

  const kept = book.open.filter(
    (entry) =>
      !goneIds.has(entry.order_id) &&
      !present.has(entry.order_id) &&
      (entry.expires_at === null || entry.expires_at > nowMs),
  );
  const swept = {
    ...book,
    swept_at: Math.floor(nowMs / 1000),
    missing: absent.map((entry) => entry.order_id).filter((id) => !goneIds.has(id)),
    gone: [...book.gone.filter((id) => !present.has(id)), ...goneIds].slice(-MAX_GONE),
  };
  return {
    book: withOpen(swept, [...kept, ...priced.flatMap(trackable)]),
    events: [
      ...found.listings.filter((event) => !event.order_id || !watched.has(event.order_id)),
      ...gone.map((entry) => goneEvent(entry, slug, nowMs)),
    ],
  };
}

/** A listing with what it costs now, where its price moves. */
function atMoment(event: MarketEventInput, nowMs: number): MarketEventInput {
  const { price, end_price, expires_at } = event;
  if (price == null || end_price == null || expires_at == null) return event;
  const begun = Date.parse(event.starts_at ?? event.occurred_at);
  const of = Date.parse(expires_at) - begun;
  const elapsed = Math.min(of, Math.max(0, nowMs - begun));
  return { ...event, price: movingPrice(price, end_price, { elapsed, of }) };
}

function goneEvent(entry: Tracked, slug: string, nowMs: number): MarketEventInput {
  return finishEvent(
    {
      kind: "cancel",
      event_key: orderKey("cancel", entry.order_id),
      collection: slug,
      token_id: entry.token_id,
      order_id: entry.order_id,
      marketplace: MARKETPLACE,
      occurred_at: new Date(nowMs).toISOString(),
    },
    { observed: "missing from the best listings twice running", listing: entry },
  );
}

function trackable(event: MarketEventInput): Tracked[] {
  if (!event.order_id || !event.price || !event.currency) return [];
  return [
    {
      order_id: event.order_id,
      token_id: event.token_id ?? null,
      price: event.price_basis === "total" ? divide(event.price, event.quantity) : event.price,
      currency: event.currency,
      single: event.quantity === "1",
      expires_at: event.expires_at ? Date.parse(event.expires_at) : null,
    },
  ];
}

function withOpen(book: BookState, open: Tracked[]): BookState {
  const lowest = open.sort((a, b) => compareDecimals(a.price, b.price)).slice(0, MAX_TRACKED);
  const ids = new Set(lowest.map((entry) => entry.order_id));
  return { ...book, open: lowest, missing: book.missing.filter((id) => ids.has(id)) };
}

function highestByCurrency(listings: readonly MarketEventInput[]): Map<string, string> {
  const highest = new Map<string, string>();
  for (const { currency, price } of listings.flatMap(trackable)) {
    const known = highest.get(currency);
    if (known === undefined || compareDecimals(price, known) > 0) highest.set(currency, price);
  }
  return highest;
}

function isBelow(entry: Tracked, ceilings: Map<string, string>): boolean {
  const ceiling = ceilings.get(entry.currency);
  return ceiling !== undefined && compareDecimals(entry.price, ceiling) < 0;
}
