import { describe, expect, test } from "vitest";
import {
  addSale as addSaleIn,
  type Bar,
  commonStart,
  describeBars,
  hasOutliers,
  mergeBars,
  type Prices,
  toBar,
} from "../../../web/src/collection/bars.ts";
import { buildEvent } from "../support/market-events.ts";

const MINUTE = 60;
const START = Date.UTC(2026, 10, 1, 12, 0, 0) / 1000;

function buildBar(minute: number, over: Partial<Omit<Bar, "prices"> & Prices> = {}): Bar {
  const time = START + minute * MINUTE;
  const { open = 2, high = 3, low = 1, close = 2, sales = 4, priced = sales, ...rest } = over;
  return { time, prices: { open, high, low, close }, volume: 8, sales, priced, ...rest };
}

/** A bar of sales whose prices nobody knows, with none before them. */
const unpriced = (minute: number, sales: number): Bar => ({
  time: START + minute * MINUTE,
  prices: null,
  volume: 0,
  sales,
  priced: 0,
});

const addSale = (bars: Bar[], event: ReturnType<typeof sale>, seconds: number) =>
  addSaleIn(bars, event, seconds, "ETH");

function sale(minute: number, price: string | null, total: string | null = price) {
  const at = new Date((START + minute * MINUTE + 30) * 1000).toISOString();
  return buildEvent(1, { price, total_price: total, occurred_at: at });
}

describe("a live sale", () => {
  test("grows the bar it falls into", () => {
    const [bar] = addSale([buildBar(0)], sale(0, "5", "10"), MINUTE) ?? [];
    expect(bar).toEqual(buildBar(0, { high: 5, close: 5, volume: 18, sales: 5 }));
  });

  test("opens a bar of its own, with quiet ones in between", () => {
    const bars = addSale([buildBar(0)], sale(3, "5"), MINUTE) ?? [];
    expect(bars.map((bar) => [bar.time, bar.prices?.close, bar.sales])).toEqual([
      [START, 2, 4],
      [START + 60, 2, 0],
      [START + 120, 2, 0],
      [START + 180, 5, 1],
    ]);
  });

  test("turns a quiet bar into one that begins with the sale", () => {
    const quiet = buildBar(0, { open: 2, high: 2, low: 2, close: 2, volume: 0, sales: 0 });
    expect(addSale([quiet], sale(0, "5"), MINUTE)).toEqual([
      buildBar(0, { open: 5, high: 5, low: 5, close: 5, volume: 5, sales: 1 }),
    ]);
  });

  test("that belongs to an older bar is left to the database", () => {
    expect(addSale([buildBar(0), buildBar(1)], sale(0, "5"), MINUTE)).toBeNull();
  });

  test("without a price is counted and moves no price", () => {
    expect(addSale([buildBar(0)], sale(0, null), MINUTE)).toEqual([buildBar(0, { sales: 5, priced: 4 })]);
    expect(addSale([], sale(0, null), MINUTE)).toEqual([unpriced(0, 1)]);
  });

  test("in another currency is one without a price; the wrapped coin counts as the coin", () => {
    const other = { ...sale(0, "9000"), currency: "USDC" };
    expect(addSale([buildBar(0)], other, MINUTE)).toEqual([buildBar(0, { sales: 5, priced: 4 })]);
    const wrapped = { ...sale(0, "5", "10"), currency: "WETH" };
    expect(addSale([buildBar(0)], wrapped, MINUTE)?.[0]?.prices?.close).toBe(5);
  });

  test("with the first known price of a bar begins its prices", () => {
    const [bar] = addSale([unpriced(0, 2)], sale(0, "5"), MINUTE) ?? [];
    expect(bar).toEqual(buildBar(0, { open: 5, high: 5, low: 5, close: 5, volume: 5, sales: 3, priced: 1 }));
  });
});

test("one sale far above the usual price asks for a logarithmic scale; a steady rise does not", () => {
  const steady = [1, 2, 3, 4].map((price, minute) => buildBar(minute, { close: price, high: price }));
  expect(hasOutliers(steady)).toBe(false);
  expect(hasOutliers([...steady, buildBar(5, { close: 3, high: 40 })])).toBe(true);
  expect(hasOutliers([])).toBe(false);
});

describe("bars that are read again", () => {
  test("replace the known ones, except where the stream is ahead", () => {
    const known = [buildBar(0), buildBar(1, { sales: 9 }), buildBar(2)];
    const read = [buildBar(0, { sales: 5 }), buildBar(1, { sales: 8 })];
    expect(mergeBars(known, read)).toEqual([read[0], known[1], known[2]]);
  });

  test("that are the same stay the same objects", () => {
    const known = [buildBar(0), buildBar(1)];
    const merged = mergeBars(known, [buildBar(0), buildBar(1, { sales: 5 })]);
    expect(commonStart(known, merged)).toBe(1);
    expect(merged[1]?.sales).toBe(5);
  });
});

describe("a candle", () => {
  const candle = {
    start: new Date(START * 1000).toISOString(),
    end: new Date((START + MINUTE) * 1000).toISOString(),
    open: null,
    high: null,
    low: null,
    close: null,
    volume: null,
    sales: 3,
    priced_sales: 0,
    partial: false,
    filled: false,
  };

  test("whose sales have no known price, and none before them, is a bar without prices", () => {
    expect(toBar(candle)).toEqual(unpriced(0, 3));
    expect(describeBars([toBar(candle)], "ETH")).toBe(
      "Price chart: 3 sales without a known price in this span",
    );
  });

  test("of which only some sales have a price says so", () => {
    const bar = toBar({
      ...candle,
      open: "1",
      high: "2",
      low: "1",
      close: "2",
      volume: "3",
      priced_sales: 2,
    });
    expect(bar).toMatchObject({ sales: 3, priced: 2, prices: { close: 2 } });
    expect(describeBars([bar], null)).toContain("3 sales, 2 with a known price");
  });
});
