import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PayloadCondition } from "../../../shared/contracts/webhooks.ts";
import { passesFilter } from "../../../shared/webhooks/filter.ts";

type Operator = PayloadCondition["operator"];

/** Whether `data` passes one condition. */
function passes(data: unknown, path: string, operator: Operator, value?: unknown): boolean {
  const condition = PayloadCondition.parse({ path, operator, ...(value !== undefined && { value }) });
  return passesFilter({ conditions: [condition] }, "alert.fired", data);
}

/** A decimal as `digits` shifted by `places`, with its exact value as a big number of 10^-20. */
const decimal = fc
  .record({
    digits: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }),
    places: fc.integer({ min: 0, max: 20 }),
  })
  .map(({ digits, places }) => {
    const size = 10n ** BigInt(places);
    const [whole, rest] = [digits / size, digits % size];
    const sign = digits < 0n ? "-" : "";
    const abs = (value: bigint) => (value < 0n ? -value : value);
    const fraction = places === 0 ? "" : `.${abs(rest).toString().padStart(places, "0")}`;
    return { text: `${sign}${abs(whole)}${fraction}`, exact: digits * 10n ** BigInt(20 - places) };
  });

const ORDER = {
  lt: (a: bigint, b: bigint) => a < b,
  lte: (a: bigint, b: bigint) => a <= b,
  gt: (a: bigint, b: bigint) => a > b,
  gte: (a: bigint, b: bigint) => a >= b,
} as const;
const ORDERS = ["lt", "lte", "gt", "gte"] as const;

describe("a filter's conditions", () => {
  it("compares decimals by their exact value, however they are written", () => {
    fc.assert(
      fc.property(decimal, decimal, (a, b) => {
        for (const operator of ORDERS)
          expect(passes({ price: a.text }, "price", operator, b.text)).toBe(
            ORDER[operator](a.exact, b.exact),
          );
      }),
    );
  });

  it("takes the same decimal with more zeros for the same number, but not for the same text", () => {
    fc.assert(
      fc.property(decimal, fc.integer({ min: 1, max: 10 }), ({ text }, zeros) => {
        const longer = `${text.includes(".") ? text : `${text}.`}${"0".repeat(zeros)}`;
        expect(passes({ price: text }, "price", "gte", longer)).toBe(true);
        expect(passes({ price: text }, "price", "lte", longer)).toBe(true);
        expect(passes({ price: text }, "price", "gt", longer)).toBe(false);
        expect(passes({ price: text }, "price", "eq", longer)).toBe(false);
        expect(passes({ price: text }, "price", "eq", text)).toBe(true);
      }),
    );
  });

  it("compares numbers with decimal text, and orders nothing that is no number", () => {
    expect(passes({ n: 10 }, "n", "gt", "9.99")).toBe(true);
    expect(passes({ n: "10" }, "n", "gt", 9)).toBe(true);
    expect(passes({ n: 1e-7 }, "n", "gt", "0.00000009")).toBe(true);
    expect(passes({ n: 1e-7 }, "n", "lt", "0.00000011")).toBe(true);
    expect(passes({ n: 1e25 }, "n", "gte", "10000000000000000000000000")).toBe(true);
    const odd = ["", "ten", "1e3", " 1", "0x10", "1.", ".5", null, true, {}, ["1"], "9".repeat(101)];
    for (const value of odd)
      for (const operator of ORDERS) expect(passes({ n: value }, "n", operator, "0")).toBe(false);
    for (const operator of ORDERS) expect(passes({ n: "1" }, "n", operator)).toBe(false);
  });

  it("lets a path that leads nowhere satisfy only ne and exists: false", () => {
    const missing = [{}, { a: null }, { a: "text" }, { a: { c: 1 } }, { a: [{ b: 1 }] }, "text", null, []];
    for (const data of missing) {
      for (const operator of [...ORDERS, "eq"] as const)
        expect(passes(data, "a.b", operator, "1"), operator).toBe(false);
      expect(passes(data, "a.b", "in", ["1", "undefined"])).toBe(false);
      expect(passes(data, "a.b", "exists")).toBe(false);
      expect(passes(data, "a.b", "exists", true)).toBe(false);
      expect(passes(data, "a.b", "ne", "1")).toBe(true);
      expect(passes(data, "a.b", "exists", false)).toBe(true);
    }
    expect(passes({ a: { b: null } }, "a.b", "exists")).toBe(false);
    expect(passes({ a: { b: false } }, "a.b", "exists")).toBe(true);
  });

  it("sees own properties alone", () => {
    for (const path of ["constructor", "__proto__", "toString", "a.constructor", "a.length"])
      expect(passes({ a: "text" }, path, "exists"), path).toBe(false);
    expect(passes(JSON.parse('{"__proto__": {"x": 1}}'), "x", "exists")).toBe(false);
  });

  it("finds texts in a list, and no number, list or part of a text", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 20 }), fc.string(), (list, text) => {
        expect(passes({ a: text }, "a", "in", list)).toBe(list.includes(text));
      }),
    );
    expect(passes({ a: 1 }, "a", "in", ["1"])).toBe(false);
    expect(passes({ a: ["x"] }, "a", "in", ["x"])).toBe(false);
    expect(passes({ a: "x" }, "a", "in", "xyz")).toBe(false);
    expect(passes({ a: ["x"] }, "a", "eq", "x")).toBe(false);
    expect(passes({ a: ["x"] }, "a.0", "exists")).toBe(false);
  });

  it("asks for all of them at once", () => {
    const conditions = [
      PayloadCondition.parse({ path: "a", operator: "eq", value: 1 }),
      PayloadCondition.parse({ path: "b", operator: "eq", value: 2 }),
    ];
    const both = (data: unknown) => passesFilter({ conditions }, "alert.fired", data);
    expect([both({ a: 1, b: 2 }), both({ a: 1 }), both({ b: 2 })]).toEqual([true, false, false]);
    expect(passesFilter(null, "alert.fired", {})).toBe(true);
    expect(passesFilter({}, "alert.fired", {})).toBe(true);
  });
});

describe("a filter's lowest price", () => {
  it("is asked of market events alone, of the floor where the floor moved, and not passed without a price", () => {
    const filter = { min_price: "2.5" };
    fc.assert(
      fc.property(decimal, ({ text, exact }) => {
        const enough = exact >= 25n * 10n ** 19n;
        expect(passesFilter(filter, "market.sale", { price: text })).toBe(enough);
        const moved = { price: "100", floor_change: { floor: { price: text } } };
        expect(passesFilter(filter, "market.floor_changed", moved)).toBe(enough);
      }),
    );
    expect(passesFilter(filter, "market.sale", { price: null })).toBe(false);
    expect(
      passesFilter(filter, "market.floor_changed", { price: "100", floor_change: { floor: null } }),
    ).toBe(false);
    expect(passesFilter(filter, "alert.fired", { price: "1" })).toBe(true);
  });
});

describe("a filter of a correction", () => {
  const corrected = (event: object) => ({ seq: 9, corrected_by: "c", event, replacement: null });
  const sold = { price: "10", marketplace: "blur", corrected: [] };
  const dear = { min_price: "5" };
  const blur = {
    conditions: [PayloadCondition.parse({ path: "marketplace", operator: "eq", value: "blur" })],
  };

  it("is asked of the event that is corrected", () => {
    const passes = (filter: typeof dear | typeof blur, event: object) =>
      passesFilter(filter, "market.corrected", corrected(event));
    expect([passes(dear, sold), passes(dear, { ...sold, price: "4" })]).toEqual([true, false]);
    expect([passes(blur, sold), passes(blur, { ...sold, marketplace: "opensea" })]).toEqual([true, false]);
  });

  it("is passed by what was itself told as a correction of what passed, and by what its own paths name", () => {
    const replaced = corrected({ price: "1", corrected: [{ price: "10" }] });
    expect(passesFilter(dear, "market.corrected", replaced)).toBe(true);
    const conditions = [PayloadCondition.parse({ path: "replacement", operator: "exists", value: false })];
    expect(passesFilter({ conditions }, "market.corrected", corrected(sold))).toBe(true);
  });
});
