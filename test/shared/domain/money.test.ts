import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addMoney,
  canonicalMoney,
  compareMoney,
  divideMoney,
  multiplyMoney,
  subtractMoney,
} from "../../../shared/domain/money.ts";

/** Up to 78 digits before and 36 after the point, as the wire allows. */
const amount = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 78n - 1n }), fc.integer({ min: 0, max: 36 }))
  .map(([units, decimals]) => {
    if (decimals === 0) return units.toString();
    const digits = units.toString().padStart(decimals + 1, "0");
    return `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
  });

/** The amount in units of 10^-36, by another way than the code's. */
function unitsOf(text: string): bigint {
  const [whole = "", fraction = ""] = text.replace("-", "").split(".");
  const units = BigInt(whole) * 10n ** 36n + BigInt(fraction.padEnd(36, "0"));
  return text.startsWith("-") ? -units : units;
}

describe("amounts", () => {
  it("adds what a float cannot", () => {
    expect(addMoney("0.1", "0.2")).toBe("0.3");
    expect(addMoney()).toBe("0");
  });

  it("never writes an exponent, however large or small", () => {
    expect(multiplyMoney("0.000000000000000001", "0.000000000000000001")).toBe(`0.${"0".repeat(35)}1`);
    expect(multiplyMoney(`1${"0".repeat(77)}`, "10")).toBe(`1${"0".repeat(78)}`);
    expect(canonicalMoney("0.0000000001")).toBe("0.0000000001");
  });

  it("writes an amount in one way only", () => {
    expect(canonicalMoney("0100.2500")).toBe("100.25");
    expect(canonicalMoney("0.000")).toBe("0");
    expect(subtractMoney("1", "1.0")).toBe("0");
  });

  it("sums exactly", () => {
    fc.assert(
      fc.property(fc.array(amount, { maxLength: 8 }), (amounts) => {
        expect(unitsOf(addMoney(...amounts))).toBe(amounts.reduce((sum, text) => sum + unitsOf(text), 0n));
      }),
    );
  });

  it("compares by value", () => {
    fc.assert(
      fc.property(amount, amount, (left, right) => {
        const [a, b] = [unitsOf(left), unitsOf(right)];
        expect(compareMoney(left, right)).toBe(a < b ? -1 : a > b ? 1 : 0);
      }),
    );
    expect(compareMoney("1.0", "1")).toBe(0);
  });

  it("multiplies a price by a quantity exactly, and divides the total back", () => {
    fc.assert(
      fc.property(amount, fc.bigInt({ min: 1n, max: 10n ** 18n }), (price, quantity) => {
        const total = multiplyMoney(price, quantity.toString());
        expect(unitsOf(total)).toBe(unitsOf(price) * quantity);
        expect(divideMoney(total, quantity.toString(), { scale: 36 })).toBe(canonicalMoney(price));
      }),
    );
  });

  it("cuts a quotient that does not end at the scale, rounded as asked", () => {
    expect(divideMoney("2", "3")).toBe("0.666666666666666667");
    expect(divideMoney("2", "3", { scale: 2, rounding: "down" })).toBe("0.66");
    expect(divideMoney("1", "3", { scale: 2, rounding: "up" })).toBe("0.34");
    expect(divideMoney("0.25", "1", { scale: 1, rounding: "half_even" })).toBe("0.2");
    expect(divideMoney("0.35", "1", { scale: 1, rounding: "half_even" })).toBe("0.4");
    expect(divideMoney("0.25", "1", { scale: 1, rounding: "half_up" })).toBe("0.3");
  });

  it("refuses to divide by zero and to take a float for an amount", () => {
    expect(() => divideMoney("1", "0.0")).toThrow(RangeError);
    expect(() => canonicalMoney("NaN")).toThrow();
    expect(() => canonicalMoney("")).toThrow();
  });
});
