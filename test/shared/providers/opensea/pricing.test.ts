import { describe, expect, it } from "vitest";
import { orderPrice, salePrice } from "../../../../shared/providers/opensea/pricing.ts";
import { MaybeSeaport } from "../../../../shared/providers/opensea/wire.ts";
import { seaportListing } from "../../../support/opensea/build.ts";

const ether = (eth_price: string | null, usd_price: string | null, symbol = "WETH") => ({
  symbol,
  address: "0x0000000000000000000000000000000000000000",
  decimals: "18",
  eth_price,
  usd_price,
});
const wei = (tenthsOfMilli: bigint) => (tenthsOfMilli * 10n ** 14n).toString();

describe("salePrice", () => {
  it("reads the dollar figure of a sale as the token's rate", () => {
    expect(salePrice(wei(14300n), "1", ether("1.000863124510729", "2493.1"))).toEqual({
      price: "1.43",
      price_basis: "item",
      currency: "WETH",
      price_usd: "3565.133",
    });
  });

  it("takes a sale's price for the whole lot", () => {
    const price = salePrice(wei(30000n), "3", ether("1", "2000"));
    expect(price).toMatchObject({ price: "3", price_basis: "total", price_usd: "2000" });
  });

  it("believes a dollar figure that turns out to be the value of the sale", () => {
    expect(salePrice(wei(50000n), "1", ether("5", "10000")).price_usd).toBe("10000");
  });

  it("believes no dollar figure that fits neither reading", () => {
    expect(salePrice(wei(50000n), "1", ether("3.1", "6000")).price_usd).toBeNull();
  });

  it("knows no price without currency or decimals, and none of zero", () => {
    expect(salePrice(wei(50000n), "1", { ...ether("1", "1"), symbol: null }).price).toBeNull();
    expect(salePrice(wei(50000n), "1", { ...ether("1", "1"), decimals: null }).price).toBeNull();
    expect(salePrice("0", "1", ether("1", "2000"))).toMatchObject({
      price: null,
      currency: null,
      price_usd: null,
    });
  });
});

describe("orderPrice", () => {
  it("reads the dollar figure of an order as its value", () => {
    expect(orderPrice(wei(8800n), "1", ether("0.88", "2190.1264"), null)).toMatchObject({
      price: "0.88",
      price_usd: "2190.1264",
    });
  });

  it("reads 0.453 for each of two with an ether value of 0.906 as 0.453 an item", () => {
    expect(orderPrice(wei(4530n), "2", ether("0.906", "2000"), null)).toEqual({
      price: "0.453",
      price_basis: "item",
      currency: "WETH",
      price_usd: "1000",
    });
  });

  it("reads a base price that equals the ether value as the whole order's", () => {
    expect(orderPrice(wei(9060n), "2", ether("0.906", "2000"), null)).toMatchObject({
      price: "0.906",
      price_basis: "total",
      price_usd: "1000",
    });
  });

  it("believes the signed order before the ether value", () => {
    const signed = MaybeSeaport.parse({ parameters: seaportListing("7", wei(40000n), "4") });
    expect(orderPrice(wei(40000n), "4", ether("1", "2000", "ETH"), signed)).toMatchObject({
      price: "4",
      price_basis: "total",
    });
    expect(orderPrice(wei(10000n), "4", ether(null, null, "ETH"), signed)).toMatchObject({
      price: "1",
      price_basis: "item",
    });
  });

  it("reads the rate of 2022 as a rate", () => {
    const price = orderPrice(
      "6055100000000000000",
      "1",
      ether("1.000000000000000", "1215.779999999999973000"),
      null,
    );
    expect(price.price).toBe("6.0551");
    expect(price.price_usd).toBe("7361.6694779999998365123");
  });
});
