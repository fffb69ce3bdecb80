import { SLICE_MS, STORY_MS } from "./clockwork.ts";
import type { SimulatedCollection } from "./collections.ts";
import { MOST_ACTIVITY } from "./mood.ts";
import { Purpose, purposeOf } from "./purpose.ts";
import { openStream } from "./random.ts";

/**
 * Places for stories. Each slice has the same number of them, and they take the tokens in turn, so that which
 * story had a token last is arithmetic, and no two stories of a token overlap.
 */
export interface Places {
  /** Places in a slice. */
  per_slice: number;
  /** Place of a story → index of its token, 0 to supply - 1. */
  tokenAt(place: number): number;
  /** The last place of a token in or before a slice. */
  lastPlace(token: number, slice: number): number;
}

function greatestCommonDivisor(left: number, right: number): number {
  return right === 0 ? left : greatestCommonDivisor(right, left % right);
}

/** The number that undoes a multiplication by `factor`, counting around `size`. */
function inverse(factor: number, size: number): number {
  for (let candidate = 1; candidate < size; candidate += 1)
    if ((factor * candidate) % size === 1) return candidate;
  return 1;
}

export function createPlaces(seed: number, collection: SimulatedCollection): Places {
  const { supply, stories_per_second, number } = collection;
  const perSlice = Math.ceil((stories_per_second * MOST_ACTIVITY * SLICE_MS) / 1_000);
  const round = (supply / perSlice - 1) * SLICE_MS;
  if (round < STORY_MS) throw new RangeError(`${collection.slug} is too busy for its ${supply} items`);

  // The tokens' order is a stride around the collection: it visits each once, and needs no table.
  const draw = openStream(seed, purposeOf(number, Purpose.token_order), 0);
  const first = Math.floor(draw() * supply);
  let stride = Math.max(1, Math.floor(supply * (0.3 + 0.4 * draw())));
  while (greatestCommonDivisor(stride, supply) !== 1) stride += 1;
  const back = inverse(stride, supply);
  const wrap = (place: number) => place - Math.floor(place / supply) * supply;

  return {
    per_slice: perSlice,
    tokenAt: (place) => (first + wrap(place) * stride) % supply,
    lastPlace: (token, slice) => {
      const end = (slice + 1) * perSlice - 1;
      return end - wrap(end - wrap(wrap(token - first) * back));
    },
  };
}
