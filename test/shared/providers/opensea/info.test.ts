import { describe, expect, it } from "vitest";
import {
  CollectionReply,
  normaliseCollection,
  normaliseStats,
  StatsReply,
} from "../../../../shared/providers/opensea/info.ts";
import { collectionReply, statsReply } from "../../../support/opensea/build.ts";
import { recorded } from "../../../support/opensea/recorded.ts";

const collection = (more: Record<string, unknown> = {}) =>
  normaliseCollection(CollectionReply.parse(collectionReply("argonauts", more)));
const stats = (reply: unknown) => normaliseStats(StatsReply.parse(reply), "2026-09-09T10:30:00.000Z");

describe("normaliseCollection", () => {
  it("reads name, chain, contract, currency and supply", () => {
    expect(collection()).toEqual({
      slug: "argonauts",
      name: "Argonauts",
      description: "Sailors.",
      image_url: "https://example.org/argonauts.png",
      chain: "ethereum",
      contract: "0x387c41b0b2f1128de44db1bcf8baad085f26392c",
      currency: "ETH",
      supply: "8888",
    });
  });

  it("calls what is empty, zero or absent unknown, and knows matic as polygon", () => {
    const bare = collection({
      description: "",
      image_url: null,
      total_supply: 0,
      unique_item_count: 0,
      pricing_currencies: null,
      contracts: [{ address: "", chain: { name: "matic" } }],
    });
    expect(bare).toMatchObject({
      description: null,
      image_url: null,
      supply: null,
      currency: null,
      contract: null,
      chain: "polygon",
    });
  });
});

describe("normaliseStats", () => {
  it("reads recorded stats", () => {
    expect(stats(recorded("stats.json"))).toEqual({
      floor: "0.01569",
      floor_currency: "ETH",
      owners: 2907,
      total_sales: 2791,
      total_volume: "46.07304008849007",
      as_of: "2026-09-09T10:30:00.000Z",
      intervals: [
        { days: 1, sales: 9, volume: "0.1258" },
        { days: 7, sales: 17, volume: "0.21619" },
        { days: 30, sales: 189, volume: "2.33334" },
      ],
    });
  });

  it("knows both names of the intervals", () => {
    const intervals = ["one_day", "seven_days", "thirty_days", "one_fortnight"].map((interval) => ({
      interval,
      volume: 0,
      sales: 0,
    }));
    expect(stats({ ...statsReply(), intervals }).intervals.map(({ days, volume }) => [days, volume])).toEqual(
      [
        [1, "0"],
        [7, "0"],
        [30, "0"],
      ],
    );
  });

  it("calls a floor of zero unknown, with its currency", () => {
    expect(stats(statsReply({ floor_price: 0 }))).toMatchObject({ floor: null, floor_currency: null });
    expect(stats(statsReply({ floor_price: null, volume: 0 }))).toMatchObject({
      floor: null,
      total_volume: "0",
    });
  });
});
