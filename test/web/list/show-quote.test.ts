import { expect, test } from "vitest";
import type { CollectionItem } from "../../../shared/contracts/collections.ts";
import type { Floor } from "../../../shared/contracts/market.ts";
import { NO_QUOTE, type Quote } from "../../../web/src/feed/quote.ts";
import { showQuote } from "../../../web/src/list/show-quote.ts";
import { buildFigure } from "../support/figures.ts";

const at = (minute: number) => `2026-11-01T12:${String(minute).padStart(2, "0")}:00.000Z`;
const ETH = { sources: ["push"], currency: "ETH" };

/** As the database has it: a floor of 2 as of minute 10, sold for 1.8 at minute 5. */
const COLLECTION: CollectionItem = {
  id: "col_1",
  slug: "punks",
  name: "Punks",
  image_url: null,
  chain: null,
  contract: null,
  simulated: false,
  currency: "ETH",
  floor: "2",
  last_price: "1.8",
  last_sale_at: at(5),
  volume_24h: null,
  sales_24h: 1,
  change_24h: null,
  listed_count: 1,
  updated_at: at(10),
  sources: ["push"],
  figures: {
    floor: buildFigure({ ...ETH, as_of: at(10) }),
    last_price: buildFigure({ ...ETH, as_of: at(5) }),
    volume_24h: buildFigure({ basis: "total" }),
    sales_24h: buildFigure({ basis: "count" }),
    change_24h: buildFigure({ basis: "percent" }),
  },
};

/** As the stream told it. */
function told({
  floor,
  floor_at,
  last,
  sold_at,
}: Record<"floor" | "floor_at" | "last" | "sold_at", string>): Quote {
  const rest = { token_id: "1", marketplace: null, source: "push", listed_at: at(0), order_id: "o" };
  const listing: Floor = { price: floor, currency: "ETH", basis: "item", ...rest };
  return {
    ...NO_QUOTE,
    floor: { floor: listing, cause: null, changed_at: null, as_of: floor_at },
    last_price: { price: last, currency: "ETH", source: "push", at: sold_at },
  };
}
const shownOf = (quote: Quote | undefined, collection = COLLECTION) => {
  const { floor, last, as_of } = showQuote(collection, quote);
  return { floor: floor.price, last: last.price, as_of };
};

test("without a stream it is the database's, as of when the room wrote it down", () => {
  expect(shownOf(undefined)).toEqual({ floor: "2", last: "1.8", as_of: at(10) });
});

test("what is told live since is shown, as of when it came", () => {
  const quote = told({ floor: "1.5", floor_at: at(12), last: "1.6", sold_at: at(11) });
  expect(shownOf(quote)).toEqual({ floor: "1.5", last: "1.6", as_of: at(12) });
});

test("a stream that fell behind shows no old floor as if it were new", () => {
  const quote = told({ floor: "3", floor_at: at(8), last: "2.9", sold_at: at(4) });
  expect(shownOf(quote)).toEqual({ floor: "2", last: "1.8", as_of: at(10) });
});

test("a floor that nobody knows the age of gives way to one that has an age", () => {
  const { floor, ...rest } = told({ floor: "3", floor_at: at(8), last: "1.6", sold_at: at(11) });
  const ageless: Quote = { ...rest, floor: floor && { ...floor, as_of: null } };
  expect(shownOf(ageless)).toEqual({ floor: "2", last: "1.6", as_of: at(10) });
  const unwritten = { ...COLLECTION, updated_at: null, floor: null };
  expect(shownOf(ageless, unwritten)).toEqual({ floor: "3", last: "1.6", as_of: null });
});
