import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  divide,
  fromBaseUnits,
  multiply,
  readDecimal,
  roughlyEqual,
} from "../../../../shared/providers/opensea/amounts.ts";

describe("fromBaseUnits", () => {
  it.each([
    ["1160000000000000000", "18", "1.16"],
    ["1", "18", "0.000000000000000001"],
    ["2500000", "6", "2.5"],
    ["7", "0", "7"],
    ["0", "18", "0"],
    [
      "115792089237316195423570985008687907853269984665640564039457584007913129639935",
      "18",
      "115792089237316195423570985008687907853269984665640564039457.584007913129639935",
    ],
  ])("reads %s with %s decimals as %s", (units, decimals, expected) => {
    expect(fromBaseUnits(units, decimals)).toBe(expected);
  });

  it.each([
    ["1.0479e+77", "18"],
    ["-1", "18"],
    ["12", "99"],
    ["12", "x"],
    [null, "18"],
    ["12", null],
  ])("calls %s with %s decimals unknown", (units, decimals) => {
    expect(fromBaseUnits(units, decimals)).toBeNull();
  });

  it("loses no unit, whatever the amount and the decimals", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 256n - 1n), fc.integer({ min: 0, max: 36 }), (units, decimals) => {
        const text = fromBaseUnits(units.toString(), String(decimals)) ?? "";
        const [whole = "", fraction = ""] = text.split(".");
        expect(BigInt(whole + fraction.padEnd(decimals, "0"))).toBe(units);
      }),
    );
  });
});

describe("decimals", () => {
  it("multiplies and divides without a float", () => {
    expect(multiply("1.43", "2493.1")).toBe("3565.133");
    expect(divide("0.906", "2")).toBe("0.453");
    expect(divide("1", "3")).toBe("0.333333333333333333");
  });

  it("reads what providers write and calls zero and junk unknown", () => {
    expect(readDecimal("1805.279999999999973000")).toBe("1805.279999999999973");
    expect(readDecimal("1e-7")).toBe("0.0000001");
    expect(readDecimal("0")).toBeNull();
    expect(readDecimal("NaN")).toBeNull();
  });

  it("compares quotes with two per cent of patience", () => {
    expect(roughlyEqual("1.000863124510729", "1")).toBe(true);
    expect(roughlyEqual("1.3", "1")).toBe(false);
  });
});
