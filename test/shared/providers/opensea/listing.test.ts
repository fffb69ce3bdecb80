import { describe, expect, it } from "vitest";
import { normaliseListing } from "../../../../shared/providers/opensea/listing.ts";
import { normaliseStreamMessage } from "../../../../shared/providers/opensea/stream-event.ts";
import {
  BUYER,
  bestListing,
  hash,
  NOW,
  NOW_S,
  SELLER,
  SLUG,
  seaportListing,
  streamOrder,
} from "../../../support/opensea/build.ts";
import { skipReason } from "../../../support/opensea/skip-reason.ts";

const ETHER = 10n ** 18n;
const read = (listing: unknown) => normaliseListing(listing, SLUG, NOW);

describe("normaliseListing", () => {
  it("reads an open listing under the key that its event has", () => {
    const listing = read(bestListing(7, String(2n * ETHER)));
    expect(listing).toMatchObject({
      kind: "listing",
      token_id: "7",
      price: "2",
      price_basis: "item",
      currency: "ETH",
      from: SELLER,
      order_id: hash(1_000_007),
      occurred_at: new Date((NOW_S - 3600) * 1000).toISOString(),
      expires_at: new Date((NOW_S + 86_400) * 1000).toISOString(),
    });
    expect(listing.event_key).toBe(
      normaliseStreamMessage(streamOrder("item_listed", 7, NOW_S - 60), SLUG, NOW).event_key,
    );
  });

  it("recovers the token from the order where the asset does not name it", () => {
    expect(read(bestListing(7, "5", { asset: undefined })).token_id).toBe("7");
  });

  it("divides the price of a half sold lot by what was signed", () => {
    const price = String(10n * ETHER);
    const lot = bestListing(7, price, {
      protocol_data: { parameters: seaportListing("7", price, "5") },
      remaining_quantity: 2,
    });
    expect(read(lot)).toMatchObject({ price: "2", price_basis: "item", quantity: "2" });
  });

  it("reads both ends of a price that moves, whatever it is at the moment, by REST and by the Stream", () => {
    const order = seaportListing("7", String(24n * ETHER), "2");
    const [paid] = [{ itemType: 0, token: `0x${"0".repeat(40)}`, identifierOrCriteria: "0" }];
    const moving = {
      ...order,
      consideration: [{ ...paid, startAmount: String(24n * ETHER), endAmount: String(4n * ETHER) }],
    };
    const expected = {
      ...{ price: "12", price_basis: "item", end_price: "2", quantity: "2" },
      starts_at: new Date((NOW_S - 3600) * 1000).toISOString(),
      expires_at: new Date((NOW_S + 86_400) * 1000).toISOString(),
    };
    const rest = bestListing(7, String(23n * ETHER), {
      protocol_data: { parameters: moving },
      remaining_quantity: 2,
    });
    expect(read(rest)).toMatchObject(expected);
    const told = streamOrder("item_listed", 7, NOW_S - 60, {
      protocol_data: { parameters: moving },
      listing_type: "dutch",
      quantity: 2,
    });
    expect(normaliseStreamMessage(told, SLUG, NOW)).toMatchObject(expected);
  });

  it("takes the price for what remains where the order does not say otherwise", () => {
    expect(
      read(bestListing(7, String(4n * ETHER), { protocol_data: null, remaining_quantity: 2 })),
    ).toMatchObject({ price: "4", price_basis: "total", quantity: "2" });
  });

  it("opens a listing again under the key and time of its return", () => {
    const reopening = { event_key: "revalidate:x:v3", occurred_at: new Date(NOW).toISOString() };
    expect(normaliseListing(bestListing(7, "5"), SLUG, NOW, reopening)).toMatchObject({
      ...reopening,
      order_id: hash(1_000_007),
    });
  });

  it.each([
    ["a sold one", { status: "FULFILLED" }, "not_open"],
    ["an inactive one", { status: "INACTIVE" }, "not_open"],
    ["one for a single buyer", { taker: BUYER }, "private_listing"],
    ["an auction", { type: "english" }, "auction"],
    ["one without order hash", { order_hash: "" }, "no_identity"],
    [
      "one that starts later",
      { protocol_data: { parameters: { ...seaportListing("7", "5"), startTime: String(NOW_S + 99) } } },
      "starts_later",
    ],
    ["an offer", { protocol_data: { parameters: { offer: [{ itemType: 1 }] } } }, "not_open"],
  ])("skips %s", (_, more, reason) => {
    expect(skipReason(() => read(bestListing(7, "5", more)))).toBe(reason);
  });
});
