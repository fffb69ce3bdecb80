import { describe, expect, it } from "vitest";
import {
  postponeSweep,
  sweepBook,
  sweepDue,
  trackEvents,
} from "../../../../shared/providers/opensea/book.ts";
import { type BookState, newCursor } from "../../../../shared/providers/opensea/cursor.ts";
import { normaliseListing } from "../../../../shared/providers/opensea/listing.ts";
import { normaliseRestEvent } from "../../../../shared/providers/opensea/rest-event.ts";
import {
  bestListing,
  hash,
  NOW,
  NOW_S,
  restOrder,
  restSale,
  restTransfer,
  SLUG,
} from "../../../support/opensea/build.ts";

const MINUTE = 60_000;
const orderOf = (number: number) => hash(1_000_000 + number);
const listing = (number: number, wei = `${number}000`) =>
  normaliseListing(bestListing(number, wei), SLUG, NOW);
const event = (raw: unknown) => normaliseRestEvent(raw, SLUG, NOW);
const found = (numbers: number[], more = {}) => ({
  listings: numbers.map((number) => listing(number)),
  complete: false,
  trusted: true,
  ...more,
});
const bookOf = (numbers: number[]): BookState => sweepBook(newCursor().book, found(numbers), SLUG, NOW).book;
const ids = (book: BookState) => book.open.map(({ order_id }) => order_id);

describe("trackEvents", () => {
  it("watches new listings, cheapest first", () => {
    const events = [3, 1, 2].map((number) => listing(number));
    expect(ids(trackEvents(newCursor().book, events))).toEqual([1, 2, 3].map(orderOf));
  });

  it("stops watching what was sold, moved or cancelled: its own event has closed it", () => {
    const book = bookOf([1, 2, 3, 4]);
    const events = [
      restSale(1, NOW_S - 9),
      restTransfer(2, NOW_S - 9),
      restOrder("cancel", 3, NOW_S - 9),
    ].map(event);
    expect(ids(trackEvents(book, events))).toEqual([orderOf(4)]);
  });

  it("does not watch a listing whose sale came on a newer page", () => {
    const sold = trackEvents(newCursor().book, [event(restSale(1, NOW_S - 9))]);
    expect(trackEvents(sold, [listing(1)]).open).toEqual([]);
  });
});

describe("sweepBook", () => {
  it("tells the listings that were not watched before, and those only", () => {
    const { events } = sweepBook(bookOf([1, 2]), found([1, 2, 3]), SLUG, NOW);
    expect(events.map(({ order_id }) => order_id)).toEqual([orderOf(3)]);
  });

  it("declares a listing cancelled when it is missing twice running, under the Stream's key", () => {
    const once = sweepBook(bookOf([1, 2, 3]), found([2, 3]), SLUG, NOW);
    expect(once.events).toEqual([]);
    expect(once.book.missing).toEqual([orderOf(1)]);
    const twice = sweepBook(once.book, found([2, 3]), SLUG, NOW + MINUTE);
    expect(twice.events).toMatchObject([
      {
        kind: "cancel",
        event_key: `cancel:${orderOf(1)}`,
        order_id: orderOf(1),
        token_id: "1",
        occurred_at: new Date(NOW + MINUTE).toISOString(),
      },
    ]);
    expect(ids(twice.book)).toEqual([2, 3].map(orderOf));
    expect(twice.book.gone).toEqual([orderOf(1)]);
  });

  it("takes a listing back that was missing once", () => {
    const once = sweepBook(bookOf([1, 2, 3]), found([2, 3]), SLUG, NOW).book;
    const back = sweepBook(once, found([1, 2, 3]), SLUG, NOW + MINUTE);
    expect([back.events, back.book.missing]).toEqual([[], []]);
  });

  it("concludes nothing about listings dearer than the page reaches", () => {
    const once = sweepBook(bookOf([1, 2, 9]), found([1, 2]), SLUG, NOW).book;
    expect(once.missing).toEqual([]);
    expect(ids(once)).toContain(orderOf(9));
  });

  it("concludes so where the page is the whole book", () => {
    expect(sweepBook(bookOf([1, 2, 9]), found([1, 2], { complete: true }), SLUG, NOW).book.missing).toEqual([
      orderOf(9),
    ]);
  });

  it("concludes nothing from a page that could not be read whole", () => {
    const book = sweepBook(bookOf([1, 2, 3]), found([3], { trusted: false }), SLUG, NOW).book;
    expect(book.missing).toEqual([]);
    expect(book.open.length).toBe(3);
  });

  it("forgets listings that have expired, without a cancellation", () => {
    const late = NOW + 2 * 86_400_000;
    const once = sweepBook(bookOf([1, 2]), found([], { complete: true }), SLUG, late);
    expect([once.events, once.book.open, once.book.missing]).toEqual([[], [], []]);
  });

  it("watches the cheapest 200 only", () => {
    const many = Array.from({ length: 250 }, (_, index) => index + 1);
    expect(bookOf(many).open.length).toBe(200);
  });
});

describe("sweepDue", () => {
  it("sweeps every ten minutes, and after one where something is missing or the reading failed", () => {
    const book = bookOf([1, 2]);
    expect(sweepDue(newCursor().book, NOW_S)).toBe(true);
    expect(sweepDue(book, NOW_S + 599)).toBe(false);
    expect(sweepDue(book, NOW_S + 600)).toBe(true);
    const missing = sweepBook(book, found([2]), SLUG, NOW).book;
    expect(sweepDue(missing, NOW_S + 60)).toBe(true);
    expect(sweepDue(postponeSweep(book, NOW_S), NOW_S + 59)).toBe(false);
    expect(sweepDue(postponeSweep(book, NOW_S), NOW_S + 60)).toBe(true);
  });
});
