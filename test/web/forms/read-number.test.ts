import { expect, test } from "vitest";
import { parseNumber, writeNumber } from "../../../web/src/forms/read-number.ts";

test.each([
  ["en-US", "1,000", "1000"],
  ["en-US", "1.000", "1"],
  ["en-US", "1,234,567.5", "1234567.5"],
  ["en-US", "4,5", "4.5"],
  ["en-US", "0,125", "0.125"],
  ["en-US", "-0.50", "-0.5"],
  ["en-US", "1 000.5", "1000.5"],
  ["de-DE", "1.000,5", "1000.5"],
  ["de-DE", "12,7351", "12.7351"],
  ["de-DE", "12.7351", "12.7351"],
  ["de-DE", "1.234.567", "1234567"],
  ["fr-FR", "1 000,5", "1000.5"],
  ["de-CH", "1’000.5", "1000.5"],
])("by the habits of %s, %s is %s", (locale, typed, value) => {
  expect(parseNumber(typed, locale)).toEqual({ value });
});

test.each(["de-DE", "en-US", "fr-FR", "de-CH"])(
  "by the habits of %s what the page writes is read back",
  (locale) => {
    for (const value of ["12.735", "-0.125", "1000", "1.5", "1234.567"])
      expect(parseNumber(writeNumber(value, locale), locale)).toEqual({ value });
  },
);

test("what can be two numbers is refused with a way to write either", () => {
  expect(parseNumber("12,735", "de-DE")).toEqual({
    problem: "This may be 12.735 or 12735. Write 12.7350 or 12735.",
  });
});

test.each([
  ["de-DE", "1.000", "may be 1000 or 1."],
  ["de-DE", "1,000", "may be 1 or 1000."],
  ["fr-FR", "1,000", "may be 1 or 1000."],
  ["en-US", "1,00,0", "Enter a number"],
  ["en-US", "1.000,5", "Enter a number"],
  ["en-US", "ten", "Enter a number"],
  ["en-US", "1e3", "Enter a number"],
  ["en-US", "0x10", "Enter a number"],
])("by the habits of %s, %s is refused", (locale, typed, problem) => {
  expect(parseNumber(typed, locale)).toEqual({ problem: expect.stringContaining(problem) });
});
