import { describe, expect, it } from "vitest";
import { pathAt } from "../../../../shared/providers/simulated/path.ts";

const SHAPE = { spread: 0.2, half_life: 32 };

/** Many short stretches, far apart, so that the sample is as good as independent. */
const pairs = Array.from({ length: 4_000 }, (_, index) => {
  const step = index * 10_007 - 7_000_000;
  return {
    here: pathAt(3, 1, SHAPE, step),
    next: pathAt(3, 1, SHAPE, step + 1),
    later: pathAt(3, 1, SHAPE, step + 32),
  };
});

function correlation(other: "next" | "later"): number {
  const sum = pairs.reduce((total, pair) => total + pair.here * pair[other], 0);
  const square = pairs.reduce((total, pair) => total + pair.here ** 2, 0);
  return sum / square;
}

describe("the price path", () => {
  it("has the spread and the mean that it was asked for", () => {
    const mean = pairs.reduce((sum, { here }) => sum + here, 0) / pairs.length;
    const spread = Math.sqrt(pairs.reduce((sum, { here }) => sum + here ** 2, 0) / pairs.length);
    expect(Math.abs(mean)).toBeLessThan(0.01);
    expect(spread).toBeGreaterThan(0.19);
    expect(spread).toBeLessThan(0.21);
  });

  it("forgets half of a deviation in its half-life", () => {
    expect(correlation("next")).toBeCloseTo(2 ** (-1 / 32), 2);
    expect(correlation("later")).toBeGreaterThan(0.45);
    expect(correlation("later")).toBeLessThan(0.55);
  });

  it("is one path for a seed, and another for another collection", () => {
    expect(pathAt(3, 1, SHAPE, 123_457)).toBe(pathAt(3, 1, SHAPE, 123_457));
    expect(pathAt(3, 1, SHAPE, 123_457)).not.toBe(pathAt(3, 2, SHAPE, 123_457));
  });
});
