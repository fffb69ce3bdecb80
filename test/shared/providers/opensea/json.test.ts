import { describe, expect, it } from "vitest";
import { parseJson } from "../../../../shared/providers/opensea/json.ts";

describe("parseJson", () => {
  it("keeps integers beyond 2^53 as the text that was sent", () => {
    expect(parseJson('{"id":91536964291889399618341723954804464475,"small":7}')).toEqual({
      id: "91536964291889399618341723954804464475",
      small: 7,
    });
  });

  it("keeps an integer just beyond 2^53 that a float would round", () => {
    expect(parseJson("[9007199254740993, 9007199254740991]")).toEqual(["9007199254740993", 9007199254740991]);
  });

  it("keeps digits that a number would drop", () => {
    expect(parseJson('{"rate":1805.279999999999973000}')).toEqual({ rate: "1805.279999999999973000" });
  });

  it("replaces what Postgres cannot store: NUL and halves of surrogate pairs, in values and in names", () => {
    const value = parseJson('{"name":"a\\u0000b","half":"\\ud83d","k\\u0000":1}');
    expect(value).toEqual({ name: "a\uFFFDb", half: "\uFFFD", "k\uFFFD": 1 });
  });

  it("refuses what is not JSON", () => {
    expect(() => parseJson("<html>")).toThrow(SyntaxError);
  });
});
