import { describe, expect, it } from "vitest";
import {
  normaliseRestEvent,
  RestEventsPage,
  restEventSecond,
} from "../../../../shared/providers/opensea/rest-event.ts";
import { normaliseEach } from "../../../../shared/providers/opensea/skip.ts";
import { normaliseStreamMessage } from "../../../../shared/providers/opensea/stream-event.ts";
import {
  BUYER,
  hash,
  NOW,
  NOW_S,
  nft,
  payment,
  restOrder,
  restSale,
  restTransfer,
  SELLER,
  SLUG,
  streamOrder,
  streamSale,
  streamTransfer,
} from "../../../support/opensea/build.ts";
import { recorded } from "../../../support/opensea/recorded.ts";
import { skipReason } from "../../../support/opensea/skip-reason.ts";

const read = (event: unknown, slug = SLUG) => normaliseRestEvent(event, slug, NOW);
const AT = NOW_S - 60;
const ZERO = "0x0000000000000000000000000000000000000000";

describe("recorded events", () => {
  const page = RestEventsPage.parse(recorded("rest-events.json"));
  const later = Date.UTC(2026, 10, 1);

  it("reads a sale in the coin of another chain, with less than the document promises", () => {
    expect(normaliseRestEvent(page.asset_events[0], "any", later)).toMatchObject({
      kind: "sale",
      price: "1.16",
      currency: "WAPE",
      token_id: "1861",
      price_usd: null,
      marketplace: "opensea",
      occurred_at: "2026-10-01T20:10:38.000Z",
    });
  });

  it("reads a mint that is told as a transfer", () => {
    const slug = "dom3-by-leander-herzog-and-milian-mori";
    expect(normaliseRestEvent(page.asset_events[1], slug, later)).toMatchObject({
      kind: "transfer",
      from: ZERO,
      price: null,
    });
  });

  it("reads a sale with empty order and protocol, a token of 77 digits and only a closing date", () => {
    const sale = normaliseRestEvent(page.asset_events[2], "any", later);
    expect(sale).toMatchObject({
      token_id: "91536964291889399618341723954804464475905588715229665495699147789348738887050",
      order_id: null,
      marketplace: null,
      price: null,
      quantity: "1",
      occurred_at: "2024-05-19T11:39:04.000Z",
    });
    expect(sale.event_key.length).toBeLessThanOrEqual(200);
  });
});

describe("one happening, told by REST and by the Stream", () => {
  it.each([
    ["sale", restSale(7, AT), streamSale(7, AT)],
    ["transfer", restTransfer(7, AT), streamTransfer(7, AT)],
    ["mint", restTransfer(7, AT, { event_type: "mint" }), streamTransfer(7, AT)],
    ["listing", restOrder("listing", 7, AT), streamOrder("item_listed", 7, AT)],
    ["bid", restOrder("offer", 7, AT), streamOrder("item_received_bid", 7, AT)],
    [
      "collection offer",
      restOrder("collection_offer", 7, AT, { asset: undefined }),
      streamOrder("collection_offer", 7, AT),
    ],
    ["trait offer", restOrder("trait_offer", 7, AT), streamOrder("trait_offer", 7, AT)],
    [
      "order with its type apart",
      restOrder("listing", 7, AT, { event_type: "order" }),
      streamOrder("item_listed", 7, AT),
    ],
    ["cancellation", restOrder("cancel", 7, AT), streamOrder("item_cancelled", 7, AT)],
  ])("has one key: %s", (_, rest, stream) => {
    expect(read(rest).event_key).toBe(normaliseStreamMessage(stream, SLUG, NOW).event_key);
  });

  it("has one key whatever the case of its hashes", () => {
    const upper = hash(0xabc).replaceAll("a", "A").replaceAll("b", "B").replaceAll("c", "C");
    expect(read(restSale(1, AT, { transaction: upper })).event_key).toBe(
      read(restSale(1, AT, { transaction: hash(0xabc) })).event_key,
    );
  });
});

describe("normaliseRestEvent", () => {
  it("keeps what was paid for a mint and does not make it a sale", () => {
    const mint = restTransfer(7, AT, { from_address: ZERO, payment: payment("80000000000000000") });
    expect(read(mint)).toMatchObject({
      kind: "transfer",
      price: "0.08",
      currency: "ETH",
      from: ZERO,
      to: BUYER,
    });
  });

  it("takes a payment for the whole lot", () => {
    const sale = restSale(7, AT, { quantity: 3, payment: payment("3000000", "USDC", 6) });
    expect(read(sale)).toMatchObject({ price: "3", price_basis: "total", quantity: "3", currency: "USDC" });
  });

  it("calls a price of zero, a missing payment and a missing symbol unknown", () => {
    for (const given of [payment("0"), null, undefined, { quantity: "5", decimals: 18 }])
      expect(read(restSale(7, AT, { payment: given })).price ?? null).toBeNull();
  });

  it("takes null and empty text for absent", () => {
    const listing = restOrder("listing", 7, AT, {
      start_date: null,
      taker: null,
      expiration_date: 0,
      asset: null,
    });
    expect(read(listing)).toMatchObject({ kind: "listing", token_id: null, from: SELLER, expires_at: null });
  });

  it.each([
    ["a private listing", restOrder("listing", 7, AT, { is_private_listing: true }), "private_listing"],
    [
      "a listing that starts later",
      restOrder("listing", 7, AT, { start_date: NOW_S + 9999 }),
      "starts_later",
    ],
    ["another collection's item", restSale(7, AT, { nft: nft("7", "others") }), "other_collection"],
    [
      "another collection's offer",
      restOrder("collection_offer", 7, AT, {
        asset: undefined,
        criteria: { collection: { slug: "others" } },
      }),
      "other_collection",
    ],
    ["milliseconds", restSale(7, AT * 1000), "time_out_of_range"],
    ["a time in the future", restSale(7, NOW_S + 86_400), "future_time"],
    ["no time", restSale(7, AT, { event_timestamp: null, closing_date: null }), "time_missing"],
    ["an order without hash", restOrder("offer", 7, AT, { order_hash: "" }), "no_identity"],
    [
      "a sale without transaction and order",
      restSale(7, AT, { transaction: "", order_hash: "" }),
      "no_identity",
    ],
    ["a transfer without transaction", restTransfer(7, AT, { transaction: null }), "no_identity"],
    ["a type nobody knows", restSale(7, AT, { event_type: "redemption" }), "unknown_type"],
    ["what is no object", 5, "unreadable"],
  ])("skips %s", (_, event, reason) => {
    expect(skipReason(() => read(event))).toBe(reason);
  });

  it("lets the good events of a page go on when others are bad", () => {
    const page = [restSale(1, AT), { event_type: 5 }, restSale(2, AT * 1000), restSale(3, AT), null];
    const { events, skipped } = normaliseEach(page, read);
    expect(events.map((event) => event.token_id)).toEqual(["1", "3"]);
    expect(skipped.map(({ index, reason }) => [index, reason])).toEqual([
      [1, "unreadable"],
      [2, "time_out_of_range"],
      [4, "unreadable"],
    ]);
  });

  it("reads the second of an element, or none", () => {
    expect([restSale(1, AT), restSale(1, AT * 1000), null, {}].map(restEventSecond)).toEqual([
      AT,
      null,
      null,
      null,
    ]);
  });
});
