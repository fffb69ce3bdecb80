import Big from "big.js";
import type { Candle } from "../../../shared/contracts/collections.ts";
import type { MarketEvent } from "../../../shared/contracts/market.ts";

/** One bar of the chart. Numbers are for drawing only; exact amounts stay in the events and figures. */
export interface Bar {
  /** Start of the bucket in seconds since 1970, UTC. */
  time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  /** Those with a known price. */
  sales: number;
}

/** The bar of a candle; none where no price is known, neither of its own sales nor of any before it. */
export function toBars(candle: Candle): Bar[] {
  const { open, high, low, close, volume } = candle;
  if (open === null || high === null || low === null || close === null) return [];
  return [
    {
      time: Date.parse(candle.start) / 1000,
      open: Number(open),
      high: Number(high),
      low: Number(low),
      close: Number(close),
      volume: Number(volume ?? 0),
      sales: candle.priced_sales,
    },
  ];
}

/** A stretch without a sale, at the price before it. */
function quietBar(time: number, price: number): Bar {
  return { time, open: price, high: price, low: price, close: price, volume: 0, sales: 0 };
}

/** After a long silence the database fills the stretch in between; here no more than this is drawn. */
const MOST_QUIET_BARS = 500;

/**
 * Puts a live sale into its bar. A sale older than the last bar belongs to what the database has sorted already and
 * is left to the next reading: `null`.
 */
export function addSale(bars: Bar[], sale: MarketEvent, seconds: number): Bar[] | null {
  if (sale.price === null) return bars;
  const price = Number(sale.price);
  const total = sale.total_price ?? new Big(sale.price).times(sale.quantity).toFixed();
  const time = Math.floor(Date.parse(sale.occurred_at) / 1000 / seconds) * seconds;
  const last = bars.at(-1);
  const volume = Number(total);
  if (!last || time > last.time) {
    const quiet: Bar[] = [];
    for (
      let at = (last?.time ?? time) + seconds;
      at < time && quiet.length < MOST_QUIET_BARS;
      at += seconds
    ) {
      quiet.push(quietBar(at, last?.close ?? price));
    }
    return [...bars, ...quiet, { ...quietBar(time, price), volume, sales: 1 }];
  }
  if (time < last.time) return null;
  if (last.sales === 0) return [...bars.slice(0, -1), { ...quietBar(time, price), volume, sales: 1 }];
  const grown: Bar = {
    ...last,
    high: Math.max(last.high, price),
    low: Math.min(last.low, price),
    close: price,
    volume: last.volume + volume,
    sales: last.sales + 1,
  };
  return [...bars.slice(0, -1), grown];
}

/**
 * Takes the database's bars for granted, except where the live stream is ahead of it: bars that it does not have yet,
 * or has with fewer sales. Bars that are the same stay the same objects, so that only what moved is drawn again.
 */
export function mergeBars(known: Bar[], read: Bar[]): Bar[] {
  const byTime = new Map(known.map((bar) => [bar.time, bar]));
  const lastRead = read.at(-1)?.time ?? Number.NEGATIVE_INFINITY;
  const merged = read.map((bar) => {
    const ours = byTime.get(bar.time);
    if (!ours) return bar;
    const ahead = bar.time === lastRead && ours.sales > bar.sales;
    return ahead || sameBar(ours, bar) ? ours : bar;
  });
  return [...merged, ...known.filter((bar) => bar.time > lastRead)];
}

function sameBar(left: Bar, right: Bar): boolean {
  return (
    left.open === right.open &&
    left.high === right.high &&
    left.low === right.low &&
    left.close === right.close &&
    left.volume === right.volume &&
    left.sales === right.sales
  );
}

/** How far above the usual price the highest must be for a linear scale to flatten everything else. */
const OUTLIER_RATIO = 5;

/** Whether a few high sales, of rare items or by mistake, would flatten the rest on a linear scale. */
export function hasOutliers(bars: Bar[]): boolean {
  const closes = bars.filter((bar) => bar.sales > 0).map((bar) => bar.close);
  const usual = closes.sort((a, b) => a - b)[Math.floor(closes.length / 2)];
  return usual !== undefined && usual > 0 && bars.some((bar) => bar.high > OUTLIER_RATIO * usual);
}

/** How many bars at the start are the same objects in both. */
export function commonStart(before: Bar[], after: Bar[]): number {
  let count = 0;
  while (count < before.length && before[count] === after[count]) count += 1;
  return count;
}

/** The chart in a sentence, for those who do not see it. */
export function describeBars(bars: Bar[], unit: string | null): string {
  const [first, last] = [bars[0], bars.at(-1)];
  if (!first || !last) return "No sales with a known price in this span";
  const high = Math.max(...bars.map((bar) => bar.high));
  const low = Math.min(...bars.map((bar) => bar.low));
  const sales = bars.reduce((sum, bar) => sum + bar.sales, 0);
  const of = unit ? ` ${unit}` : "";
  return `Price chart: ${sales} sales with a known price, from ${first.open}${of} to ${last.close}${of}, lowest ${low}${of}, highest ${high}${of}`;
}
