import { describe, expect, it } from "vitest";
import { SLICE_MS, STORY_MS } from "../../../../shared/providers/simulated/clockwork.ts";
import { SIMULATED_COLLECTIONS } from "../../../../shared/providers/simulated/collections.ts";
import { createPlaces } from "../../../../shared/providers/simulated/tokens.ts";

describe.each(SIMULATED_COLLECTIONS.map((entry) => [entry.slug, entry] as const))(
  "places of %s",
  (_, entry) => {
    const places = createPlaces(11, entry);

    it("take every token once before any returns", () => {
      for (const begin of [0, 5_900_000 * places.per_slice, -entry.supply * 3 - 7]) {
        const tokens = Array.from({ length: entry.supply }, (_, index) => places.tokenAt(begin + index));
        expect(new Set(tokens).size).toBe(entry.supply);
        expect(Math.min(...tokens)).toBe(0);
        expect(places.tokenAt(begin + entry.supply)).toBe(tokens[0]);
      }
    });

    it("bring a token back only when the longest story of it has ended", () => {
      const slicesBetween = Math.floor((entry.supply - places.per_slice) / places.per_slice);
      expect(slicesBetween * SLICE_MS).toBeGreaterThanOrEqual(STORY_MS);
    });

    it("find the last place of a token", () => {
      const slice = 5_950_000;
      const end = (slice + 1) * places.per_slice;
      for (const place of [end - 1, end - places.per_slice, end - entry.supply]) {
        expect(places.lastPlace(places.tokenAt(place), slice)).toBe(place);
      }
    });
  },
);

it("refuses a collection that is too busy for its items", () => {
  const [first] = SIMULATED_COLLECTIONS;
  if (first === undefined) throw new Error("no collections");
  expect(() => createPlaces(1, { ...first, supply: 500 })).toThrow(RangeError);
});
