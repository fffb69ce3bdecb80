import { describe, expect, it } from "vitest";
import {
  readAmount,
  readBaseUnits,
  readKind,
  readText,
  readTime,
  readTokenId,
  readWallet,
} from "../../../../shared/providers/replay/read-value.ts";

describe("cells of a history", () => {
  it.each(["", "  ", "-", "null", "None", "NaN", "N/A", undefined])(
    "say nothing where they hold %j",
    (cell) => {
      expect(readText(cell)).toBeNull();
    },
  );

  it.each([
    ["0.250000", "0.25"],
    ["2E-10", "0.0000000002"],
    ["4.5E-14", "0.000000000000045"],
    ["4E-17", "0.00000000000000004"],
    ["1.0479e+77", `10479${"0".repeat(73)}`],
    [".5", "0.5"],
    ["4200", "4200"],
    ["0", "0"],
  ])("hold the amount %s exactly", (text, amount) => {
    expect(readAmount(text)).toBe(amount);
  });

  it.each(["1,234.5", "$5", "0x10", "-1", "1.2.3", "ten", "1e9999"])("refuse %s as an amount", (text) => {
    expect(() => readAmount(text)).toThrow("is not an amount");
  });

  it("refuse an amount of more digits than are kept", () => {
    expect(readAmount("1e-36")).toBe(`0.${"0".repeat(35)}1`);
    for (const text of ["1e-37", "1e78"]) expect(() => readAmount(text)).toThrow("more than 78 digits");
  });

  it.each(["7804", "0x00d658d50b", "00e1234567", "1e5f", "12e5", String(2n ** 256n - 1n), "ape 7"])(
    "hold the token id %s as it is",
    (text) => {
      expect(readTokenId(text)).toBe(text);
    },
  );

  it.each(["1.04E+76", "1e+21", "5E76", "7.804E3"])(
    "refuse %s as a token id: two tokens would become one",
    (text) => {
      expect(() => readTokenId(text)).toThrow("is a rounded token id, which stands for many tokens");
    },
  );

  it("take a token id that a float was made of while it is exact", () => {
    expect(readTokenId("7804.0")).toBe("7804");
    expect(() => readTokenId("1234567890123456.0")).toThrow("export the column as text");
  });

  it.each([
    ["1", 18, "0.000000000000000001"],
    ["10000000000000000", 18, "0.01"],
    ["4200000000000000000000", 18, "4200"],
    ["123456789012345678901234567890", 18, "123456789012.34567890123456789"],
    ["2500000", 6, "2.5"],
    ["7", 0, "7"],
    ["1", 36, `0.${"0".repeat(35)}1`],
  ])("turn %s smallest units with %i decimals into %s", (units, decimals, amount) => {
    expect(readBaseUnits(units, decimals)).toBe(amount);
  });

  it("refuse a part of a smallest unit", () => {
    expect(() => readBaseUnits("1.5", 18)).toThrow("not a whole number of smallest units");
  });

  it.each([
    ["2017-06-23T21:05:06Z", "2017-06-23T21:05:06.000Z"],
    ["2017-06-23", "2017-06-23T00:00:00.000Z"],
    ["2021-03-11 19:52", "2021-03-11T19:52:00.000Z"],
    ["2021-03-11 19:52:10", "2021-03-11T19:52:10.000Z"],
    ["2021-03-11 19:52:10.123456 UTC", "2021-03-11T19:52:10.123Z"],
    ["2021-03-11 19:52:10+00", "2021-03-11T19:52:10.000Z"],
    ["2021-03-11T19:52:10+05:30", "2021-03-11T14:22:10.000Z"],
    ["2021-03-11T19:52:10-0800", "2021-03-12T03:52:10.000Z"],
    ["1498251906", "2017-06-23T21:05:06.000Z"],
    ["1498251906.5", "2017-06-23T21:05:06.500Z"],
    ["1498251906123", "2017-06-23T21:05:06.123Z"],
    ["1498251906123456", "2017-06-23T21:05:06.123Z"],
  ])("read %s as %s", (text, time) => {
    expect(readTime(text)).toBe(time);
  });

  it.each([
    "2021-02-30",
    "2021-13-01",
    "11/03/2021",
    "yesterday",
    "20210311",
    "2021-03-11T25:00:00Z",
    "12345",
  ])("refuse %s as a time", (text) => {
    expect(() => readTime(text)).toThrow("is not a time");
  });

  it.each([
    ["Sale", "sale"],
    ["item sold", "sale"],
    ["offer", "bid"],
    ["item_listed", "listing"],
    ["Mint", "transfer"],
    ["canceled", "cancel"],
  ])("read the kind %s as %s", (text, kind) => {
    expect(readKind(text)).toBe(kind);
  });

  it("refuse a kind that nobody knows", () => {
    expect(() => readKind("auction")).toThrow('"auction" is none of sale');
  });

  it("name nobody for the zero address of a sale, and keep it for a mint", () => {
    const zero = `0x${"0".repeat(40)}`;
    expect(readWallet(zero, "sale")).toBeNull();
    expect(readWallet(zero, "transfer")).toBe(zero);
    expect(readWallet("0xAb", "sale")).toBe("0xAb");
  });
});
