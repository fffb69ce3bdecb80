import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ReplayMapping } from "../../../../shared/providers/replay/mapping.ts";
import { KeyCounter, rowKey } from "../../../../shared/providers/replay/row-keys.ts";

function mappingOf(columns: ReplayMapping["columns"], key?: string[]): ReplayMapping {
  return ReplayMapping.parse({ collection: "punks", columns: { occurred_at: "at", ...columns }, key });
}

describe("the key of a row", () => {
  const row = { at: "2021-03-11", tx: "0xAB", token: "7", from: "0xA", to: "0xB", id: "sale-1" };

  it("is the transaction and the token where there is a transaction", () => {
    const mapping = mappingOf({ tx_hash: "tx", token_id: "token", from: "from" });
    expect(rowKey(row, mapping)).toEqual({ text: "tx:0xab:7", counted: true });
    expect(rowKey({ ...row, tx: "" }, mapping)).toEqual({ text: "row:2021-03-11:7:0xa", counted: true });
  });

  it("is what is left of the row without a transaction, and never the price, which may be corrected", () => {
    const mapping = mappingOf({ token_id: "token", from: "from", to: "to", price: "price" });
    expect(rowKey({ ...row, price: "5" }, mapping)).toEqual(rowKey({ ...row, price: "6" }, mapping));
    expect(rowKey(row, mapping).text).toBe("row:2021-03-11:7:0xa:0xb");
  });

  it("is the history's own where it has one, or the columns that were named", () => {
    expect(rowKey(row, mappingOf({ event_key: "id" }))).toEqual({ text: "sale-1", counted: false });
    expect(rowKey(row, mappingOf({ tx_hash: "tx" }, ["id", "token"]))).toEqual({
      text: "key:sale-1:7",
      counted: true,
    });
  });

  it("is short enough for the contract, and still its own, where the cells are long", () => {
    const mapping = mappingOf({ tx_hash: "tx", token_id: "token" });
    const long = { ...row, tx: "x".repeat(128), token: "9".repeat(78) };
    const other = { ...long, token: `${"9".repeat(77)}8` };
    expect(rowKey(long, mapping).text.length).toBeLessThan(190);
    expect(rowKey(long, mapping).text).not.toBe(rowKey(other, mapping).text);
  });
});

it("keys are counted as a map would count them, through every growth", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 4_000 }), { minLength: 5_000, maxLength: 9_000 }),
      (keys) => {
        const counter = new KeyCounter();
        const counts = new Map<number, number>();
        for (const key of keys) {
          const expected = (counts.get(key) ?? 0) + 1;
          counts.set(key, expected);
          if (counter.count(`key ${key}`) !== expected) return false;
        }
        return true;
      },
    ),
    { numRuns: 10 },
  );
});
