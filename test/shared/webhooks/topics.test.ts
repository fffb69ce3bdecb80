import { describe, expect, it } from "vitest";
import { namesType, topicsOf } from "../../../shared/webhooks/topics.ts";

const named = (wanted: Partial<Parameters<typeof topicsOf>[0]>) =>
  topicsOf({ event_types: [], collections: null, filter: null, ...wanted }).map(
    ({ event_type, collection, min_price }) => [event_type, collection, min_price],
  );

describe("topics", () => {
  it("spell out prefixes of the market, and leave any other as it is", () => {
    expect(named({ event_types: ["market.*", "market.sale", "activity.*"] })).toEqual([
      ["market.sale", "*", null],
      ["market.listing", "*", null],
      ["market.bid", "*", null],
      ["market.transfer", "*", null],
      ["market.floor_changed", "*", null],
      ["market.corrected", "*", null],
      ["activity.*", "*", null],
    ]);
  });

  it("narrow to collections what is about one, and keep what is about none", () => {
    expect(named({ event_types: ["market.sale", "user.*"], collections: ["punks", "punks"] })).toEqual([
      ["market.sale", "punks", null],
      ["user.*", "", null],
      ["user.*", "punks", null],
    ]);
  });

  it("carry the lowest price of market events only", () => {
    expect(named({ event_types: ["market.sale", "alert.fired"], filter: { min_price: "2" } })).toEqual([
      ["market.sale", "*", "2"],
      ["alert.fired", "*", null],
    ]);
  });

  it("name a type by itself or by a prefix that ends at a dot", () => {
    expect(namesType("market.*", "market.sale")).toBe(true);
    expect(namesType("market.sale", "market.sale")).toBe(true);
    expect(namesType("market.*", "marketing.sale")).toBe(false);
    expect(namesType("market.sale", "market.sales")).toBe(false);
  });
});
