import { describe, expect, test } from "vitest";
import { ROWS_AT_ONCE, shrink } from "../../../durable-objects/room/shrink.ts";

/** Parts of a room that hold so many rows of one byte each, and what went. */
function someParts(rows: { log: number; keys: number; book: number }) {
  const drop = (kind: keyof typeof rows) => (limit: number) => {
    const gone = Math.min(limit, rows[kind]);
    rows[kind] -= gone;
    return gone;
  };
  return {
    log: { dropOldest: drop("log"), mark: () => 0 },
    recent: { keepBodies: () => {} },
    keys: { dropOldest: drop("keys") },
    book: { dropOldest: (limit: number) => void drop("book")(limit) },
    size: () => rows.log + rows.keys + rows.book,
    rows,
  };
}

describe("what a room over its budget forgets", () => {
  test("keys stay until nothing of the log is left, and what guards the book until few keys are", () => {
    const parts = someParts({ log: 2 * ROWS_AT_ONCE, keys: 2 * ROWS_AT_ONCE, book: 10 });
    const budget = 100;
    expect(shrink(parts, budget)).toBe(true);
    expect(parts.rows).toEqual({ log: ROWS_AT_ONCE, keys: 2 * ROWS_AT_ONCE, book: 10 });
    expect(shrink(parts, budget)).toBe(true);
    expect(parts.rows).toEqual({ log: 0, keys: 2 * ROWS_AT_ONCE, book: 10 });
    expect(shrink(parts, budget)).toBe(true);
    expect(parts.rows).toEqual({ log: 0, keys: ROWS_AT_ONCE, book: 10 });
    expect(shrink(parts, budget)).toBe(false);
    expect(parts.rows).toEqual({ log: 0, keys: 0, book: 10 });
  });

  test("stops as soon as the storage is well within the budget", () => {
    const parts = someParts({ log: 10, keys: 80, book: 5 });
    expect(shrink(parts, 95)).toBe(false);
    expect(parts.rows).toEqual({ log: 0, keys: 80, book: 5 });
  });
});
