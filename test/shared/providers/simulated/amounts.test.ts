import { describe, expect, it } from "vitest";
import { decimalText, humanUnits, usdText } from "../../../../shared/providers/simulated/amounts.ts";

describe("simulated amounts", () => {
  it.each([
    [84_000, 6, "0.084"],
    [1, 6, "0.000001"],
    [1_000_000, 6, "1"],
    [42_500_000, 6, "42.5"],
    [105, 2, "1.05"],
  ])("writes %i with %i places as %s", (units, scale, text) => {
    expect(decimalText(units, scale)).toBe(text);
  });

  it.each([
    [0.1, "two digits", 1_200_000],
    [0.5, "three digits", 1_230_000],
    [0.9, "four digits", 1_235_000],
    [0.99, "just below a round figure", 1_190_000],
  ])("rounds 1.23456 ETH with habit %d to %s", (habit, _, units) => {
    expect(humanUnits(1.23456, () => habit)).toBe(units);
  });

  it("never makes a price of zero", () => {
    for (const habit of [0.1, 0.5, 0.9, 0.99]) expect(humanUnits(1e-12, () => habit)).toBeGreaterThan(0);
    expect(usdText(1, 300_000)).not.toBe("0");
  });

  it("gives dollars to the cent", () => {
    expect(usdText(84_000, 312_345)).toBe("262.37");
  });
});
