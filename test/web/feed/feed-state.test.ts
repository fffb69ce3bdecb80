import { describe, expect, test } from "vitest";
import { SnapshotFrame } from "../../../shared/contracts/live.ts";
import type { Floor, FloorCause, FloorChange } from "../../../shared/contracts/market.ts";
import { applyEvents, applySnapshot, EMPTY_FEED } from "../../../web/src/feed/feed-state.ts";
import { buildFigure, NO_FIGURES } from "../support/figures.ts";
import { buildEvent } from "../support/market-events.ts";

const AT = "2026-11-01T12:00:00.000Z";

function buildFloor(price: string, order_id = `order-${price}`): Floor {
  const rest = { token_id: "1", marketplace: null, source: "push", listed_at: AT };
  return { price, currency: "ETH", basis: "item", order_id, ...rest };
}

function buildSnapshot(over: Partial<SnapshotFrame> = {}) {
  return SnapshotFrame.parse({
    op: "snapshot",
    collection: "cryptopunks",
    epoch: "e1",
    seq: 10,
    as_of: AT,
    simulated: false,
    floor: buildFloor("2"),
    floor_change: null,
    last_price: null,
    last_sales: [],
    ...NO_FIGURES,
    ...over,
  });
}

function buildChange(floor: Floor | null, cause: FloorCause): FloorChange {
  return { cause, at: AT, floor, previous: null };
}

describe("the floor", () => {
  test("is the snapshot's, then that of each change, with its cause", () => {
    const started = applySnapshot(EMPTY_FEED, buildSnapshot(), null);
    expect(started.quote.floor).toMatchObject({ floor: { price: "2" }, cause: null });
    const change = buildChange(buildFloor("1.9"), "new_listing");
    const moved = applyEvents(started, [buildEvent(11, { kind: "listing", floor_change: change })], 0);
    expect(moved.quote.floor).toMatchObject({
      floor: { price: "1.9" },
      cause: "new_listing",
      changed_at: AT,
    });
  });

  test("that is gone is not known; it does not become zero or stay what it was", () => {
    const started = applySnapshot(EMPTY_FEED, buildSnapshot(), null);
    const sold = buildEvent(11, { floor_change: buildChange(null, "sale") });
    expect(applyEvents(started, [sold], 0).quote.floor?.floor).toBeNull();
  });

  test("has its cause from the snapshot, unless that speaks of another listing", () => {
    const change = buildChange(buildFloor("2"), "cancel");
    const told = applySnapshot(EMPTY_FEED, buildSnapshot({ floor_change: change }), null);
    expect(told.quote.floor).toMatchObject({ cause: "cancel", changed_at: AT });
    const other = applySnapshot(
      told,
      buildSnapshot({ floor: buildFloor("1.8"), floor_change: change }),
      null,
    );
    expect(other.quote.floor?.cause).toBeNull();
  });
});

describe("the last price", () => {
  test("is the snapshot's, with its source and time, also where the sales shown have none", () => {
    const last_price = buildFigure({ sources: ["push"], currency: "ETH", as_of: "2026-11-01T08:00:00.000Z" });
    const snapshot = buildSnapshot({
      last_price: "2.5",
      last_sales: [buildEvent(10, { price: null })],
      figures: { ...NO_FIGURES.figures, last_price },
    });
    const { quote } = applySnapshot(EMPTY_FEED, snapshot, null);
    const at = "2026-11-01T08:00:00.000Z";
    expect(quote.last_price).toEqual({ price: "2.5", currency: "ETH", source: "push", at });
  });

  test("is that of the newest sale by time; a late one and an unpriced one change nothing", () => {
    const first = buildEvent(1, { price: "3", occurred_at: "2026-11-01T10:00:00.000Z" });
    const late = buildEvent(2, { price: "9", occurred_at: "2026-11-01T09:00:00.000Z" });
    const unpriced = buildEvent(3, { price: null, occurred_at: "2026-11-01T11:00:00.000Z" });
    const bid = buildEvent(4, { kind: "bid", price: "8", occurred_at: "2026-11-01T11:00:00.000Z" });
    const state = applyEvents(EMPTY_FEED, [first, late, unpriced, bid], 0);
    expect(state.quote.last_price?.price).toBe("3");
  });

  test("falls back to the sale before when the last one is taken back", () => {
    const before = buildEvent(1, { price: "3" });
    const last = buildEvent(2, { price: "4" });
    const correction = buildEvent(3, { kind: "cancel", price: null, corrects: last.event_key });
    const state = applyEvents(EMPTY_FEED, [before, last], 0);
    expect(state.quote.last_price?.price).toBe("4");
    expect(applyEvents(state, [correction], 0).quote.last_price?.price).toBe("3");
  });
});

test("after a reset, rows from before the hole are gone", () => {
  const reset = {
    op: "reset",
    collection: "cryptopunks",
    epoch: "e1",
    reason: "log_pruned",
    read_from: "/api/v1/collections/cryptopunks/events",
  } as const;
  const state = applyEvents(EMPTY_FEED, [buildEvent(1), buildEvent(2)], 0);
  const snapshot = buildSnapshot({ seq: 500, last_sales: [buildEvent(500)] });
  const restarted = applySnapshot(state, snapshot, reset);
  expect(restarted.rows.map((row) => row.event.seq)).toEqual([500]);
  expect(restarted).toMatchObject({ restarted: "log_pruned", began_at: { epoch: "e1", seq: 500 } });
});

describe("when the figures are of", () => {
  test("is the time of the newest event, and not that at which the page connected", () => {
    const snapshot = buildSnapshot({
      as_of: "2026-11-20T09:00:00.000Z",
      last_sales: [buildEvent(10, { received_at: "2026-11-01T12:30:00.000Z" })],
    });
    const started = applySnapshot(EMPTY_FEED, snapshot, null);
    expect(started.quote.floor?.as_of).toBe("2026-11-01T12:30:00.000Z");
    const again = applySnapshot(started, { ...snapshot, as_of: "2026-11-21T09:00:00.000Z" }, null);
    expect(again.quote.floor?.as_of).toBe("2026-11-01T12:30:00.000Z");
    const moved = applyEvents(again, [buildEvent(11, { received_at: "2026-11-21T10:00:00.000Z" })], 0);
    expect(moved.quote.floor?.as_of).toBe("2026-11-21T10:00:00.000Z");
  });

  test("is not known where nothing ever happened", () => {
    const empty = applySnapshot(EMPTY_FEED, buildSnapshot({ floor: null }), null);
    expect(empty.quote.floor?.as_of).toBeNull();
  });
});

describe("the currency of a figure", () => {
  const eth = buildFigure({ sources: ["push"], currency: "ETH", as_of: AT });
  const started = applySnapshot(
    EMPTY_FEED,
    buildSnapshot({ last_price: "2.5", figures: { ...NO_FIGURES.figures, last_price: eth } }),
    null,
  );

  test("stays that of the collection where a sale is paid in its wrapped coin", () => {
    const sold = buildEvent(11, { price: "2.4", currency: "WETH" });
    const { last_price } = applyEvents(started, [sold], 0).quote;
    expect(last_price).toMatchObject({ price: "2.4", currency: "ETH" });
    const floor = { ...buildFloor("2.1"), currency: "WETH" };
    const listed = buildEvent(12, { kind: "listing", floor_change: buildChange(floor, "new_listing") });
    expect(applyEvents(started, [listed], 0).quote.floor?.floor?.currency).toBe("ETH");
  });

  test("stays, and so does the price, where a sale is paid in a coin that cannot be compared", () => {
    const sold = buildEvent(11, { price: "9000", currency: "USDC" });
    expect(applyEvents(started, [sold], 0).quote.last_price).toMatchObject({ price: "2.5", currency: "ETH" });
  });

  test("is that of the first price where none was known", () => {
    const empty = applySnapshot(EMPTY_FEED, buildSnapshot({ floor: null }), null);
    const events = [
      buildEvent(11, { currency: "WETH" }),
      buildEvent(12, { price: "9000", currency: "USDC" }),
    ];
    expect(applyEvents(empty, events, 0).quote.last_price).toMatchObject({ price: "1.5", currency: "ETH" });
  });
});
