import { describe, expect, it } from "vitest";
import {
  collectionOf,
  normaliseStreamMessage,
  readRevalidation,
} from "../../../../shared/providers/opensea/stream-event.ts";
import {
  BUYER,
  CONTRACT,
  hash,
  NOW,
  NOW_S,
  SELLER,
  SLUG,
  streamMessage,
  streamOrder,
  streamSale,
  streamTransfer,
} from "../../../support/opensea/build.ts";
import { recorded, recordedFrame } from "../../../support/opensea/recorded.ts";
import { skipReason } from "../../../support/opensea/skip-reason.ts";

const read = (message: unknown, slug = SLUG) => normaliseStreamMessage(message, slug, NOW);

describe("recorded frames", () => {
  it("recovers a bid's token from the signed order where its item names only the contract", () => {
    expect(read(recordedFrame("item_received_bid"))).toMatchObject({
      kind: "bid",
      event_key: "bid:0x39f82750fe2f69c61a699517eeb4d06d32ea3b9d",
      token_id: "7531",
      price: "0.88",
      price_basis: "item",
      currency: "WETH",
      price_usd: "2190.1264",
      quantity: "1",
      from: "0x0d9ec524ed52f109c530a28c91fe190c44c0babd",
      to: null,
      order_id: "0x39f82750fe2f69c61a699517eeb4d06d32ea3b9d",
      source: "opensea",
      occurred_at: "2026-09-09T10:18:39.860Z",
      expires_at: "2026-09-09T10:48:37.000Z",
    });
  });

  it("reads a sale whose dollar figure is the token's rate", () => {
    expect(read(recordedFrame("item_sold"))).toMatchObject({
      kind: "sale",
      token_id: "8119",
      price: "1.43",
      currency: "WETH",
      price_usd: "3565.133",
      tx_hash: "0x5f4b0611f92bcd0b33e9df47e5bd0e18429a3d35a2faf8bf122e52c60445f62e",
      occurred_at: "2026-09-09T10:26:11.000Z",
    });
  });

  it("does not guess who sold where neither the order nor native coin tells", () => {
    expect(read(recordedFrame("item_sold"))).toMatchObject({ from: null, to: null });
  });

  it("reads a listing with its price, maker and end", () => {
    expect(read(recordedFrame("item_listed"))).toMatchObject({
      kind: "listing",
      token_id: "4027",
      price: "1.59",
      currency: "ETH",
      price_usd: "3959.5929",
      from: "0x217a9b455146ee1e89c57cde48ba883b786548dc",
      expires_at: "2026-10-09T10:27:21.000Z",
    });
  });

  it("reads a cancellation without transaction, taker and listing type", () => {
    expect(read(recordedFrame("item_cancelled"))).toMatchObject({
      kind: "cancel",
      event_key: "cancel:0x39f82750fe2f69c61a699517eeb4d06d32ea3b9d",
      tx_hash: null,
    });
  });

  it("reads an invalidation as a cancellation of its own moment", () => {
    expect(read(recordedFrame("order_invalidate"))).toMatchObject({
      kind: "cancel",
      event_key: "invalidate:0x7cb446f85c8c0599afb6b5b1f87f26e3a1cab486:v2",
      token_id: "4842",
      order_id: "0x7cb446f85c8c0599afb6b5b1f87f26e3a1cab486",
    });
  });

  it("reads an offer on any item of a collection, with numbers beyond 2^53 in it, as a bid without a token", () => {
    const offer = read(recorded("collection-offer-2022-12.json"), "doodles-official");
    expect(offer).toMatchObject({
      kind: "bid",
      token_id: null,
      price: "6.0551",
      currency: "WETH",
      price_usd: "7361.6694779999998365123",
    });
    expect(JSON.stringify(offer.raw)).toContain('"6055100000000000000"');
  });

  it("finds the collection inside a message of every collection, and a token id beyond 2^53", () => {
    const frame = recorded("stream-sale-v1-2023-05.json") as { payload: unknown };
    expect(collectionOf(frame.payload)).toBe("built-from-an-excerpt");
    expect(read(frame.payload, "built-from-an-excerpt")).toMatchObject({
      token_id: "36243717267408641",
      price: "0.1184",
      price_usd: "213.7451519999999968032",
      from: "0x00000000000000000000000000000000000000aa",
      to: "0x00000000000000000000000000000000000000bb",
      occurred_at: "2023-05-22T00:52:47.000Z",
    });
  });
});

describe("messages built from types", () => {
  it("takes the maker of a filled offer for the buyer", () => {
    const offered = {
      parameters: {
        offer: [{ itemType: 1, token: "0xc02a", identifierOrCriteria: "0", startAmount: "1" }],
        consideration: [],
      },
    };
    const sale = read(streamSale(7, NOW_S - 60, { protocol_data: offered }));
    expect(sale).toMatchObject({ from: BUYER, to: SELLER });
  });

  it("takes the maker of a sale in native coin for the seller", () => {
    expect(read(streamSale(7, NOW_S - 60))).toMatchObject({ from: SELLER, to: BUYER });
  });

  it("reads transfers and metadata", () => {
    expect(read(streamTransfer(7, NOW_S - 60))).toMatchObject({
      kind: "transfer",
      from: SELLER,
      to: BUYER,
      token_id: "7",
    });
    const item = { nft_id: `ethereum/${CONTRACT}/7`, metadata: { name: "Seven" } };
    const updated = streamMessage("item_metadata_updated", { item }, { version: "1788949571000" });
    expect(read(updated)).toMatchObject({
      kind: "metadata",
      token_id: "7",
      event_key: expect.stringContaining("1788949571000"),
    });
  });

  it("reads item, collection and trait offers as bids", () => {
    for (const type of ["item_received_offer", "item_received_bid", "collection_offer", "trait_offer"])
      expect(read(streamOrder(type, 7, NOW_S - 60))).toMatchObject({ kind: "bid", price: "1.59" });
  });

  it.each([
    ["a private listing", streamOrder("item_listed", 7, NOW_S - 60, { is_private: true }), "private_listing"],
    ["an auction", streamOrder("item_listed", 7, NOW_S - 60, { listing_type: "english" }), "auction"],
    [
      "a listing that starts tomorrow",
      streamOrder("item_listed", 7, NOW_S - 60, { listing_date: "2026-09-10T10:00:00Z" }),
      "starts_later",
    ],
    ["a sale without transaction", streamSale(7, NOW_S - 60, { transaction: null }), "no_transaction"],
    ["an order without hash", streamOrder("item_listed", 7, NOW_S - 60, { order_hash: "" }), "no_identity"],
    ["another collection", streamSale(7, NOW_S - 60, { collection: { slug: "others" } }), "other_collection"],
    ["times in milliseconds", streamSale(7, NOW_S - 60, { event_timestamp: NOW }), "time_out_of_range"],
    ["a time in the future", streamSale(7, NOW_S + 86_400), "future_time"],
    ["an unknown type", streamMessage("item_exploded", {}), "unknown_type"],
    ["a quantity that is no number", streamSale(7, NOW_S - 60, { quantity: "2.5" }), "refused"],
    ["no payload", { event_type: "item_sold" }, "unreadable"],
    ["text", "hello", "unreadable"],
  ])("skips %s", (_, message, reason) => {
    expect(skipReason(() => read(message))).toBe(reason);
  });

  it("reads a message without version", () => {
    const message = streamOrder("order_invalidate", 7, NOW_S - 60);
    expect(read({ ...message, version: undefined }).event_key).toBe(
      `invalidate:${hash(1_000_007)}:${(NOW_S - 60) * 1000}`,
    );
  });

  it("tells what is needed to look a revalidated order up, whatever form the chain has", () => {
    for (const chain of ["ethereum", { name: "ethereum" }])
      expect(readRevalidation(streamOrder("order_revalidate", 7, NOW_S - 60, { chain }), SLUG, NOW)).toEqual({
        collection: SLUG,
        chain: "ethereum",
        protocol_address: "0x0000000000000068f116a894984e2db1123eb395",
        order_hash: hash(1_000_007),
        event_key: `revalidate:${hash(1_000_007)}:v1`,
        occurred_at: new Date((NOW_S - 60) * 1000).toISOString(),
      });
    const legacy = streamOrder("order_revalidate", 7, NOW_S - 60, { chain: "matic" });
    expect(readRevalidation(legacy, SLUG, NOW).chain).toBe("polygon");
  });

  it("keeps what was sent, and less of it where it is too long", () => {
    const short = streamSale(7, NOW_S - 60);
    expect(read(short).raw).toEqual(short);
    const bulky = streamSale(7, NOW_S - 60, { protocol_data: { note: "x".repeat(40_000) } });
    expect(read(bulky).raw).toMatchObject({
      trimmed: expect.stringContaining("without protocol_data"),
      raw: { event_type: "item_sold" },
    });
    const endless = streamSale(7, NOW_S - 60, { permalink: '"'.repeat(80_000) });
    expect(JSON.stringify(read(endless).raw).length).toBeLessThanOrEqual(32_768);
  });
});
