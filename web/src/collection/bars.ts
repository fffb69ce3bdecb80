import Big from "big.js";
import type { Candle } from "../../../shared/contracts/collections.ts";
import type { MarketEvent } from "../../../shared/contracts/market.ts";
import { countsIn } from "../feed/quote.ts";

/** One bar of the chart. Numbers are for drawing only; exact amounts stay in the events and figures. */
export interface Bar {
  /** Start of the bucket in seconds since 1970, UTC. */
  time: number;
  /** `null`: no price is known yet, neither of its own sales nor of any before it. */
  prices: Prices | null;
  volume: number;
  /** All of them, and those whose price is known in the collection's currency. */
  sales: number;
  priced: number;
}

export interface Prices {
  open: number;
  high: number;
  low: number;
  close: number;
}

/** The bar of a candle. */
export function toBar(candle: Candle): Bar {
  const { open, high, low, close, volume } = candle;
  const known = open !== null && high !== null && low !== null && close !== null;
  return {
    time: Date.parse(candle.start) / 1000,
    prices: known ? { open: Number(open), high: Number(high), low: Number(low), close: Number(close) } : null,
    volume: Number(volume ?? 0),
    sales: candle.sales,
    priced: candle.priced_sales,
  };
}

const flat = (price: number): Prices => ({ open: price, high: price, low: price, close: price });

/** A stretch without a sale, at the price before it. */
function quietBar(time: number, before: Bar | undefined): Bar {
  const price = before?.prices?.close;
  return { time, prices: price === undefined ? null : flat(price), volume: 0, sales: 0, priced: 0 };
}

/** After a long silence the database fills the stretch in between; here no more than this is drawn. */
const MOST_QUIET_BARS = 500;

/** A bar with one more sale; `paid` is `null` where its price is not known in the collection's currency. */
function withSale(bar: Bar, paid: { price: number; total: number } | null): Bar {
  const sales = bar.sales + 1;
  if (paid === null) return { ...bar, sales };
  const { price, total } = paid;
  const before = bar.priced === 0 ? null : bar.prices;
  const prices =
    before === null
      ? flat(price)
      : {
          open: before.open,
          high: Math.max(before.high, price),
          low: Math.min(before.low, price),
          close: price,
        };
  return { ...bar, prices, volume: bar.volume + total, sales, priced: bar.priced + 1 };
}

/**
 * Puts a live sale into its bar; what was paid in a currency that does not count as `unit` is no known price. A sale
 * older than the last bar belongs to what the database has sorted already and is left to the next reading: `null`.
 */
export function addSale(bars: Bar[], sale: MarketEvent, seconds: number, unit: string | null): Bar[] | null {
  const { price, quantity, total_price } = sale;
  const known = price !== null && countsIn(unit, sale.currency);
  const total = known ? Number(total_price ?? new Big(price).times(quantity).toFixed()) : 0;
  const paid = known ? { price: Number(price), total } : null;
  const time = Math.floor(Date.parse(sale.occurred_at) / 1000 / seconds) * seconds;
  const last = bars.at(-1);
  if (!last || time > last.time) {
    const quiet: Bar[] = [];
    for (
      let at = (last?.time ?? time) + seconds;
      at < time && quiet.length < MOST_QUIET_BARS;
      at += seconds
    ) {
      quiet.push(quietBar(at, last));
    }
    return [...bars, ...quiet, withSale(quietBar(time, last), paid)];
  }
  if (time < last.time) return null;
  return [...bars.slice(0, -1), withSale(last, paid)];
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
    left.prices?.open === right.prices?.open &&
    left.prices?.high === right.prices?.high &&
    left.prices?.low === right.prices?.low &&
    left.prices?.close === right.prices?.close &&
    left.volume === right.volume &&
    left.sales === right.sales &&
    left.priced === right.priced
  );
}

/** How far above the usual price the highest must be for a linear scale to flatten everything else. */
const OUTLIER_RATIO = 5;

/** Whether a few high sales, of rare items or by mistake, would flatten the rest on a linear scale. */
export function hasOutliers(bars: Bar[]): boolean {
  const sold = pricesOf(bars.filter((bar) => bar.priced > 0));
  const closes = sold.map(({ close }) => close);
  const usual = closes.sort((a, b) => a - b)[Math.floor(closes.length / 2)];
  return usual !== undefined && usual > 0 && sold.some(({ high }) => high > OUTLIER_RATIO * usual);
}

function pricesOf(bars: Bar[]): Prices[] {
  return bars.flatMap(({ prices }) => prices ?? []);
}

/** How many bars at the start are the same objects in both. */
export function commonStart(before: Bar[], after: Bar[]): number {
  let count = 0;
  while (count < before.length && before[count] === after[count]) count += 1;
  return count;
}

/** Sales of a span, and of how many of them the price is known. */
export function saySales(bars: readonly Bar[]): string {
  const count = (of: (bar: Bar) => number) => bars.reduce((sum, bar) => sum + of(bar), 0);
  const [sales, priced] = [count((bar) => bar.sales), count((bar) => bar.priced)];
  if (sales === 0) return "no sales";
  const all = sales === 1 ? "1 sale" : `${sales} sales`;
  if (priced === sales) return all;
  return priced === 0 ? `${all} without a known price` : `${all}, ${priced} with a known price`;
}

/** The chart in a sentence, for those who do not see it. */
export function describeBars(bars: Bar[], unit: string | null): string {
  const prices = pricesOf(bars);
  const [first, last] = [prices[0], prices.at(-1)];
  if (!first || !last) return `Price chart: ${saySales(bars)} in this span`;
  const high = Math.max(...prices.map((each) => each.high));
  const low = Math.min(...prices.map((each) => each.low));
  const of = unit ? ` ${unit}` : "";
  return `Price chart: ${saySales(bars)}, from ${first.open}${of} to ${last.close}${of}, lowest ${low}${of}, highest ${high}${of}`;
}
