import { describe, expect, test } from "vitest";
import { MAX_RAW_BYTES, MarketEventInput } from "../../../shared/contracts/market.ts";

const valid = {
  event_key: "k",
  kind: "sale",
  collection: "punks",
  occurred_at: "2026-01-01T00:00:00Z",
};

function pointersOf(partial: object): string[] {
  const parsed = MarketEventInput.safeParse({ ...valid, ...partial });
  return parsed.success ? [] : parsed.error.issues.map((issue) => issue.path.join("/"));
}

test("the least that an event needs, and what is filled in", () => {
  expect(MarketEventInput.parse(valid)).toMatchObject({
    quantity: "1",
    price_basis: "item",
    source: "push",
    occurred_at: "2026-01-01T00:00:00.000Z",
  });
});

describe("is refused", () => {
  test.each([
    ["a float for a price", { price: 1.5, currency: "ETH" }, "price"],
    ["a negative price", { price: "-1", currency: "ETH" }, "price"],
    ["an exponent", { price: "1e18", currency: "ETH" }, "price"],
    ["a price without a currency", { price: "1" }, "currency"],
    ["a time without a zone", { occurred_at: "2026-01-01T00:00:00" }, "occurred_at"],
    ["seconds since 1970", { occurred_at: 1767225600 }, "occurred_at"],
    ["a slug with capitals", { collection: "CryptoPunks" }, "collection"],
    ["a quantity of zero", { quantity: "0" }, "quantity"],
    ["a quantity that a float cannot hold", { quantity: 2 ** 60 }, "quantity"],
    ["an empty key", { event_key: "" }, "event_key"],
    ["half of a surrogate pair", { event_key: "a\ud800" }, "event_key"],
    ["a NUL", { marketplace: "a\0b" }, "marketplace"],
    ["an unknown kind", { kind: "mint" }, "kind"],
    ["a key of blanks", { event_key: " " }, "event_key"],
    ["a currency of one blank", { currency: " ", price: "1" }, "currency"],
    ["an address of one blank", { from: " " }, "from"],
    ["a token in scientific notation", { token_id: "4.37931E+76" }, "token_id"],
    ["the same without a point or a sign", { token_id: "1e21" }, "token_id"],
    ["a raw part with an integer that a float does not hold", { raw: [{ id: 2n ** 60n }] }, "raw"],
    ["a raw part that is too long", { raw: "x".repeat(MAX_RAW_BYTES) }, "raw"],
  ])("%s", (_what, partial, pointer) => {
    expect(pointersOf(partial)).toContain(pointer);
  });
});

describe("is taken and made alike", () => {
  test.each([
    ["an offset", { occurred_at: "2026-01-01T02:00:00+02:00" }, { occurred_at: "2026-01-01T00:00:00.000Z" }],
    ["hex addresses in any case", { from: "0xABcd" }, { from: "0xabcd" }],
    [
      "names that are no addresses",
      { from: "WrappedMoonCatRescue (WMCR)" },
      { from: "WrappedMoonCatRescue (WMCR)" },
    ],
    ["symbols in any case", { currency: "weth", price: "1" }, { currency: "WETH" }],
    ["zero, which is not known", { currency: "ETH", price: "0.000" }, { price: null }],
    ["a whole number as quantity", { quantity: 3 }, { quantity: "3" }],
    ["a price of 78 digits", { currency: "ETH", price: "9".repeat(78) }, { price: "9".repeat(78) }],
    [
      "nulls for what is not known",
      { token_id: null, to: null, price: null },
      { token_id: null, to: null, price: null },
    ],
  ])("%s", (_what, partial, expected) => {
    expect(MarketEventInput.parse({ ...valid, ...partial })).toMatchObject(expected);
  });
});
