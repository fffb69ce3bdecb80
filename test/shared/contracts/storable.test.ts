import { describe, expect, it } from "vitest";
import { MAX_RAW_DEPTH, MarketEventInput } from "../../../shared/contracts/market.ts";

/** What is wrong with an event of which only this is out of the ordinary. */
function problems(partial: object): string[] {
  const event = {
    event_key: "k",
    kind: "sale",
    collection: "punks",
    occurred_at: "2026-01-01T00:00:00Z",
    ...partial,
  };
  return (
    MarketEventInput.safeParse(event).error?.issues.map(
      ({ path, message }) => `${path.join(".")} ${message}`,
    ) ?? []
  );
}

/** Arrays in arrays. */
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

describe("an event that the database could never take is refused at the door", () => {
  it.each(["0000-01-01T00:00:00Z", "0000-06-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])(
    "at %s",
    (time) => {
      const problem = "must lie in the years 1 to 9999";
      expect(problems({ occurred_at: time })).toEqual([`occurred_at ${problem}`]);
      expect(problems({ expires_at: time })).toEqual([`expires_at ${problem}`]);
    },
  );

  it("with a payload so deep that reading it would run out of stack", () => {
    expect(problems({ raw: nested(MAX_RAW_DEPTH) })).toEqual([]);
    for (const depth of [MAX_RAW_DEPTH + 1, 8_000])
      expect(problems({ raw: nested(depth) })).toEqual([`raw must be nested at most ${MAX_RAW_DEPTH} deep`]);
  });
});
