import type { Grain } from "./span.ts";

const MINUTE = 60_000;

/** Lengths of a candle in milliseconds, and the rollups that it is put together from. */
export const INTERVALS = {
  "1m": { ms: MINUTE, grain: "minute" },
  "5m": { ms: 5 * MINUTE, grain: "minute" },
  "15m": { ms: 15 * MINUTE, grain: "minute" },
  "1h": { ms: 60 * MINUTE, grain: "hour" },
  "4h": { ms: 240 * MINUTE, grain: "hour" },
  "1d": { ms: 1440 * MINUTE, grain: "day" },
} as const satisfies Record<string, { ms: number; grain: Grain }>;
export type Interval = keyof typeof INTERVALS;

/**
 * Prices per item and total volume of a stretch that begins at `start` (milliseconds since 1970); `null` where no
 * sale has a known price.
 */
export interface Bar {
  start: number;
  open: string | null;
  high: string | null;
  low: string | null;
  close: string | null;
  volume: string | null;
  sales: number;
  priced_sales: number;
}
export type FilledBar = Bar & { filled: boolean };

/** The start of the stretch that an instant lies in. Stretches are counted from midnight UTC. */
export function floorTo(ms: number, step: number): number {
  return Math.floor(ms / step) * step;
}

/**
 * At most `limit` bars, one every `step` from `from` (a start) to `to`, where those without a priced sale carry the
 * price on from the bar before. Where no price is known yet, no bar and no price is made up.
 */
export function fillBars(
  bars: Bar[],
  span: { from: number; to: number; step: number; limit: number; previous: string | null },
): FilledBar[] {
  const known = new Map(bars.map((bar) => [bar.start, bar]));
  const filled: FilledBar[] = [];
  let price = span.previous;
  // Before the first known price there is nothing to fill: begin where there is.
  const first = price === null ? (bars[0]?.start ?? span.to) : span.from;
  for (let start = first; start < span.to && filled.length < span.limit; start += span.step) {
    const bar = known.get(start);
    const carried = price === null ? null : { open: price, high: price, low: price, close: price };
    if (bar !== undefined)
      filled.push(
        bar.close === null && carried !== null
          ? { ...bar, ...carried, filled: true }
          : { ...bar, filled: false },
      );
    else if (carried !== null)
      filled.push({ start, ...carried, volume: "0", sales: 0, priced_sales: 0, filled: true });
    price = bar?.close ?? price;
  }
  return filled;
}
