import { describe, expect, it } from "vitest";
import {
  metadataKey,
  orderKey,
  saleKey,
  transferKey,
  validityKey,
} from "../../../../shared/providers/opensea/keys.ts";
import { BUYER, CONTRACT, hash, SELLER } from "../../../support/opensea/build.ts";

const token = { contract: CONTRACT, token_id: "9".repeat(78) };
const occurred_at = "2026-09-09T10:26:11.000Z";

describe("event keys", () => {
  it("have at most 200 characters with the longest of everything", () => {
    const keys = [
      saleKey({ tx_hash: hash(1), order_id: hash(2), token, occurred_at }),
      saleKey({ tx_hash: null, order_id: hash(2), token, occurred_at }),
      transferKey({ tx_hash: hash(1), token, from: SELLER, to: BUYER }),
      metadataKey(token, "1788949571000"),
      orderKey("cancel", "x".repeat(300)),
      validityKey("revalidate", hash(2), "9".repeat(20), occurred_at),
    ];
    for (const key of keys) expect(key.length).toBeLessThanOrEqual(200);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it("tell two sales of one token in one transaction apart by their orders", () => {
    const sale = { tx_hash: hash(1), token, occurred_at };
    const keys = ["0xaa", "0xbb", null].map((order_id) => saleKey({ ...sale, order_id }));
    expect(new Set(keys).size).toBe(3);
  });

  it("refuse a sale that has neither transaction nor order", () => {
    expect(() => saleKey({ tx_hash: null, order_id: null, token, occurred_at })).toThrow(
      "without transaction",
    );
  });

  it("give each invalidation of an order a key of its own", () => {
    const keys = [
      validityKey("invalidate", hash(1), "2", occurred_at),
      validityKey("invalidate", hash(1), "4", occurred_at),
      validityKey("invalidate", hash(1), null, occurred_at),
    ];
    expect(new Set(keys).size).toBe(3);
  });
});
