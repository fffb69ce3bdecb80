import { expect, test } from "vitest";
import { mergeRows, ROWS_PER_KIND } from "../../../web/src/feed/trade-rows.ts";
import { buildEvent } from "../support/market-events.ts";
import { numbers } from "../support/recorder.ts";

const events = (...seqs: number[]) => seqs.map((seq) => buildEvent(seq));
const seqs = (rows: ReturnType<typeof mergeRows>) => rows.map((row) => row.event.seq);

test("the newest number stands on top, wherever it came from", () => {
  const live = mergeRows([], events(7, 8), 1_000);
  const rows = mergeRows(live, events(9, 5, 6), null);
  expect(seqs(rows)).toEqual([9, 8, 7, 6, 5]);
});

test("an event that is read after it arrived is one row, and still one that arrived", () => {
  const live = mergeRows([], events(7), 1_000);
  const rows = mergeRows(live, events(6, 7), null);
  expect(rows.map((row) => row.arrived_at)).toEqual([1_000, null]);
});

test("nothing new gives the same rows, so that nothing is drawn again", () => {
  const rows = mergeRows([], events(1, 2), null);
  expect(mergeRows(rows, events(2, 1), 5_000)).toBe(rows);
});

test("the same number of another epoch is another event, and stands by when it was received", () => {
  const old = buildEvent(50, { received_at: "2026-11-01T00:00:00.000Z" });
  const fresh = buildEvent(50, { epoch: "e2", received_at: "2026-11-02T00:00:00.000Z" });
  const rows = mergeRows(mergeRows([], [old], null), [fresh], null);
  expect(rows.map((row) => row.key)).toEqual(["e2:50", "e1:50"]);
});

test("a flood of one kind does not push out another", () => {
  const sale = buildEvent(1);
  const flood = numbers(2, ROWS_PER_KIND + 101).map((seq) => buildEvent(seq, { kind: "bid" }));
  const rows = mergeRows([], [sale, ...flood], null);
  expect(rows).toHaveLength(ROWS_PER_KIND + 1);
  expect(rows.at(-1)?.event.kind).toBe("sale");
  expect(rows[0]?.event.seq).toBe(ROWS_PER_KIND + 101);
});

test("an event that a later one takes back is marked, whichever of the two comes first", () => {
  const sale = buildEvent(1);
  const correction = buildEvent(2, { kind: "cancel", corrects: sale.event_key });
  for (const [first, second] of [
    [sale, correction],
    [correction, sale],
  ] as const) {
    const rows = mergeRows(mergeRows([], [first], null), [second], null);
    expect(rows.map((row) => row.taken_back)).toEqual([false, true]);
  }
});

test("an event that comes again under its key, after it was taken back, stands", () => {
  const sale = buildEvent(1, { event_key: "mined" });
  const { token_id, price, total_price, currency, quantity, occurred_at } = sale;
  const brief = {
    event_key: "mined",
    kind: sale.kind,
    token_id,
    price,
    total_price,
    currency,
    quantity,
    occurred_at,
  };
  const orphaned = buildEvent(2, { kind: "cancel", corrects: "mined", corrected: [brief] });
  const again = buildEvent(3, { event_key: "mined" });
  const rows = mergeRows(mergeRows([], [sale, orphaned], null), [again], 1_000);
  expect(rows.map((row) => row.taken_back)).toEqual([false, false, true]);
});
