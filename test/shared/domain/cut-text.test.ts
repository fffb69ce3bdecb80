import fc from "fast-check";
import { expect, it } from "vitest";
import { cutText } from "../../../shared/domain/cut-text.ts";

it.each([
  ["short", 10, "short"],
  ["exactly", 7, "exactly"],
  ["cut here", 3, "cut"],
  ["ab\u{1f98a}", 3, "ab"],
  ["ab\u{1f98a}", 4, "ab\u{1f98a}"],
  // A flag and a family are one character each; e and its accent too.
  ["\u{1f1e6}\u{1f1f9}\u{1f1e9}\u{1f1ea}", 7, "\u{1f1e6}\u{1f1f9}"],
  ["a\u{1f468}\u200d\u{1f469}\u200d\u{1f467}", 6, "a"],
  ["caf\u0065\u0301", 4, "caf"],
])("%j cut at %d is %j", (text, most, expected) => {
  expect(cutText(text, most)).toBe(expected);
});

it("is never longer than asked for, and never broken where the text was whole", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 80 }), fc.nat(100), (text, most) => {
      const cut = cutText(text, most);
      expect(cut.length).toBeLessThanOrEqual(most);
      expect(text.startsWith(cut)).toBe(true);
      expect(cut.isWellFormed()).toBe(text.isWellFormed());
    }),
  );
});
