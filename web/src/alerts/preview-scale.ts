/** Beyond so many times the span of the data, a threshold would press them flat. */
const FARTHEST = 1.5;

/** From where to where a chart reaches, and whether the threshold is on it. */
export interface Scale {
  min: number;
  max: number;
  holds: boolean;
}

/** A scale that the data fill: with the threshold where it is near, without it where the data would be a flat line. */
export function scaleOf(values: readonly number[], threshold: number | null): Scale | null {
  if (values.length === 0) return null;
  const low = values.reduce((least, value) => Math.min(least, value));
  const high = values.reduce((most, value) => Math.max(most, value));
  // Of data that stand still, a tenth of what they are.
  const span = high - low || Math.abs(high) / 10 || 1;
  const [min, max] = high === low ? [low - span / 2, high + span / 2] : [low, high];
  if (threshold === null) return { min, max, holds: false };
  const holds = threshold >= min - span * FARTHEST && threshold <= max + span * FARTHEST;
  return holds
    ? { min: Math.min(min, threshold), max: Math.max(max, threshold), holds }
    : { min, max, holds };
}
