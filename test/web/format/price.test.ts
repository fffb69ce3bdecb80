import { describe, expect, test } from "vitest";
import { compareAmounts, shortenAmount } from "../../../web/src/format/price.ts";

describe("amounts for the eye", () => {
  test.each([
    ["0", "0"],
    ["1.5", "1.5"],
    ["2", "2"],
    ["0.1", "0.1"],
    ["1.230000", "1.23"],
    ["1.23456789", "1.2346"],
    ["53.40901234", "53.409"],
    ["99.99999", "100"],
    ["123.456", "123.46"],
    ["1234.56", "1,234.6"],
    ["48123.9", "48,124"],
    ["999999", "999,999"],
    ["1234567.89", "1.235M"],
    ["12345678901", "12.346B"],
    ["0.000012345678", "0.00001235"],
    ["0.000000000000000001", "0.000000000000000001"],
    [`1${"0".repeat(77)}`, "1.000e+77"],
    ["-0.05", "-0.05"],
  ])("%s is shown as %s, and kept exact beside it", (given, shown) => {
    expect(shortenAmount(given)).toMatchObject({ text: shown, full: given });
  });

  test("what is not known stays not known and never becomes zero", () => {
    expect(shortenAmount(null)).toBeNull();
    expect(shortenAmount(undefined)).toBeNull();
  });

  test("the padding fills a trimmed amount up to the decimals of its magnitude", () => {
    expect(shortenAmount("53.4")?.pad).toBe("000");
    expect(shortenAmount("53")?.pad).toBe(".0000");
    expect(shortenAmount("53.4321")?.pad).toBe("");
  });

  test("amounts compare exactly, beyond what floating point can tell", () => {
    expect(compareAmounts("1.0000000000000000001", "1.0000000000000000002")).toBe(1);
    expect(compareAmounts("2", "1.9")).toBe(-1);
    expect(compareAmounts("1.50", "1.5")).toBe(0);
    expect(compareAmounts(null, "1")).toBe(0);
  });
});
