/** Figures of a stretch of time that ends at `end` (ms since 1970). */
export interface Stretch {
  end: number;
}

/** What the stretches of a window come to; `remove` takes back the oldest. */
export interface Sum<S extends Stretch, Value> {
  add(stretch: S): void;
  remove(stretch: S): void;
  read(): Value;
}

/**
 * Values of windows that end at each of `times`: a stretch counts in a window that it lies in, as a whole. Stretches are
 * in the order of time and are looked at twice, however long the window is.
 */
export function slide<S extends Stretch, Value>(
  times: readonly number[],
  window: number,
  stretches: readonly S[],
  sum: Sum<S, Value>,
): Value[] {
  let next = 0;
  let oldest = 0;
  return times.map((time) => {
    for (
      let stretch = stretches[next];
      stretch !== undefined && stretch.end <= time;
      stretch = stretches[++next]
    )
      sum.add(stretch);
    for (
      let stretch = stretches[oldest];
      oldest < next && stretch !== undefined && stretch.end <= time - window;
      stretch = stretches[++oldest]
    )
      sum.remove(stretch);
    return sum.read();
  });
}
