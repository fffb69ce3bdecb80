import { describe, expect, it } from "vitest";
import { type Bar, fillBars, floorTo } from "../../../shared/domain/candles.ts";

const bar = (start: number, close: string): Bar => ({
  start,
  open: "1",
  high: "9",
  low: "1",
  close,
  volume: "3",
  sales: 2,
  priced_sales: 2,
});

describe("filling bars", () => {
  it("carries the close on through stretches without a sale", () => {
    const filled = fillBars([bar(10, "2"), bar(30, "3")], {
      from: 10,
      to: 50,
      step: 10,
      limit: 9,
      previous: null,
    });
    expect(
      filled.map(({ start, close, volume, sales, filled }) => [start, close, volume, sales, filled]),
    ).toEqual([
      [10, "2", "3", 2, false],
      [20, "2", "0", 0, true],
      [30, "3", "3", 2, false],
      [40, "3", "0", 0, true],
    ]);
  });

  it("makes nothing up before the first known price", () => {
    const starts = (previous: string | null) =>
      fillBars([bar(20, "2")], { from: 0, to: 40, step: 10, limit: 9, previous }).map(({ start }) => start);
    expect(starts(null)).toEqual([20, 30]);
    expect(starts("7")).toEqual([0, 10, 20, 30]);
    expect(fillBars([], { from: 0, to: 40, step: 10, limit: 9, previous: null })).toEqual([]);
  });

  it("carries the price on through a stretch whose sales have none, and keeps their number", () => {
    const unpriced: Bar = {
      ...{ start: 20, open: null, high: null, low: null, close: null, volume: null },
      ...{ sales: 3, priced_sales: 0 },
    };
    const span = { from: 10, to: 40, step: 10, limit: 9 };
    const shown = (bars: Bar[], previous: string | null) =>
      fillBars(bars, { ...span, previous }).map(({ start, close, sales, filled }) => [
        start,
        close,
        sales,
        filled,
      ]);
    expect(shown([bar(10, "2"), unpriced], null)).toEqual([
      [10, "2", 2, false],
      [20, "2", 3, true],
      [30, "2", 0, true],
    ]);
    expect(shown([unpriced, bar(30, "4")], null)).toEqual([
      [20, null, 3, false],
      [30, "4", 2, false],
    ]);
  });

  it("stops at the limit", () => {
    expect(fillBars([], { from: 0, to: 1e12, step: 1, limit: 3, previous: "1" })).toHaveLength(3);
  });
});

it("counts stretches from midnight UTC, before 1970 too", () => {
  expect(floorTo(Date.parse("2026-01-01T05:59:59Z"), 4 * 3_600_000)).toBe(Date.parse("2026-01-01T04:00:00Z"));
  expect(floorTo(-1, 60_000)).toBe(-60_000);
});
