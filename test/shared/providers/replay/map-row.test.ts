import { describe, expect, it } from "vitest";
import { guessColumns, guessKind } from "../../../../shared/providers/replay/guess-columns.ts";
import { mapRow } from "../../../../shared/providers/replay/map-row.ts";
import { ReplayMapping } from "../../../../shared/providers/replay/mapping.ts";

const ZERO = `0x${"0".repeat(40)}`;

function mappingOf(columns: string[], rest: Partial<ReplayMapping> = {}): ReplayMapping {
  return ReplayMapping.parse({ collection: "punks", columns: guessColumns(columns), ...rest });
}

/** A sale as public histories of the chain record it. */
const PUNK = {
  timestamp_utc: "2017-06-23T21:05:06Z",
  token_id: "544",
  price_eth: "0.010000",
  price_wei: "10000000000000001",
  from: "0xC352B534e8b987e036A93539Fd6897F53488e56a",
  to: ZERO,
  block: "3919706",
  tx: "0xb28b",
};
const PUNKS = mappingOf(Object.keys(PUNK));

describe("a row of a history", () => {
  it("becomes an event with the exact price in wei, and names no buyer that it does not know", () => {
    expect(mapRow(PUNK, PUNKS, "k")).toEqual({
      event: {
        event_key: "k",
        block_number: 3919706,
        log_index: null,
        kind: "sale",
        collection: "punks",
        token_id: "544",
        price: "0.010000000000000001",
        price_basis: "item",
        currency: "ETH",
        price_usd: null,
        quantity: "1",
        from: "0xc352b534e8b987e036a93539fd6897f53488e56a",
        to: null,
        tx_hash: "0xb28b",
        order_id: null,
        marketplace: null,
        source: "replay",
        occurred_at: "2017-06-23T21:05:06.000Z",
        expires_at: null,
        raw: undefined,
      },
    });
  });

  it("stays a sale of unknown price without one, or becomes what the mapping says", () => {
    const blank = { ...PUNK, price_eth: "", price_wei: "" };
    expect(mapRow(blank, PUNKS, "k")).toMatchObject({ event: { kind: "sale", price: null, currency: null } });
    const moved = { ...PUNKS, kind_without_price: "transfer" } as const;
    expect(mapRow(blank, moved, "k")).toMatchObject({ event: { kind: "transfer", price: null, to: ZERO } });
    expect(mapRow(PUNK, moved, "k")).toMatchObject({ event: { kind: "sale" } });
  });

  it("has an unknown price where zero is recorded, and keeps one wei", () => {
    const zero = { ...PUNK, price_eth: "0", price_wei: "" };
    expect(mapRow(zero, PUNKS, "k")).toMatchObject({ event: { kind: "sale", price: null } });
    const dust = { ...PUNK, price_eth: "0.000000", price_wei: "1" };
    expect(mapRow(dust, PUNKS, "k")).toMatchObject({ event: { price: "0.000000000000000001" } });
  });

  it("takes the rounded price where the one in wei is blank", () => {
    expect(mapRow({ ...PUNK, price_wei: "" }, PUNKS, "k")).toMatchObject({ event: { price: "0.01" } });
  });

  it("keeps what no field is mapped to, and not what is blank", () => {
    const row = { ...PUNK, wrapped_punk: "false", note: "" };
    expect(mapRow(row, PUNKS, "k")).toMatchObject({ event: { raw: { wrapped_punk: "false" } } });
  });

  it("is refused with every reason and the names of the columns", () => {
    const row = { ...PUNK, price_wei: "1.5", timestamp_utc: "soon" };
    expect(mapRow(row, PUNKS, "k")).toEqual({
      occurred_at: null,
      errors: [
        { pointer: "/price_wei", message: '"1.5" is not a whole number of smallest units' },
        { pointer: "/timestamp_utc", message: '"soon" is not a time such as 2021-03-11T19:52:10Z' },
      ],
    });
    expect(mapRow({ ...PUNK, timestamp_utc: " " }, PUNKS, "k")).toMatchObject({
      errors: [{ pointer: "/timestamp_utc", message: expect.stringContaining("is blank") }],
    });
  });

  it("is refused where the contract refuses it, and says when it was", () => {
    expect(mapRow({ ...PUNK, token_id: "7".repeat(129) }, PUNKS, "k")).toMatchObject({
      occurred_at: "2017-06-23T21:05:06.000Z",
      errors: [{ pointer: "/token_id" }],
    });
  });

  it("takes currency, kind, quantity and dollars from their columns", () => {
    const row = {
      time: "1498251906",
      event_type: "offer",
      price: "1E1",
      currency: "weth",
      quantity: "3",
      usd_price: "33.5",
    };
    expect(mapRow(row, mappingOf(Object.keys(row), { price_basis: "total" }), "k")).toMatchObject({
      event: {
        kind: "bid",
        price: "10",
        currency: "WETH",
        quantity: "3",
        price_usd: "33.5",
        price_basis: "total",
      },
    });
  });
});

describe("columns by their names", () => {
  it("recognises the public histories of punks and mooncats", () => {
    expect(
      guessColumns(["timestamp_utc", "token_id", "price_eth", "price_wei", "from", "to", "block", "tx"]),
    ).toEqual({
      occurred_at: "timestamp_utc",
      token_id: "token_id",
      price: "price_eth",
      price_wei: "price_wei",
      from: "from",
      to: "to",
      block: "block",
      tx_hash: "tx",
    });
    expect(
      guessColumns(["day", "token_id", "price_eth", "price_usd", "seller", "buyer", "tx", "wrapped_punk"]),
    ).toEqual({
      occurred_at: "day",
      token_id: "token_id",
      price: "price_eth",
      price_usd: "price_usd",
      from: "seller",
      to: "buyer",
      tx_hash: "tx",
    });
  });

  it("recognises names in any case and spelling, and prefers the exact time to the day", () => {
    expect(guessColumns(["Date", "Block Time", "Token ID", "Sale Price", "Txn Hash"])).toEqual({
      occurred_at: "Block Time",
      token_id: "Token ID",
      price: "Sale Price",
      tx_hash: "Txn Hash",
    });
  });

  it("recognises events as the platform itself writes them", () => {
    const names = [
      "event_key",
      "kind",
      "token_id",
      "price",
      "currency",
      "price_usd",
      "quantity",
      "from",
      "to",
    ];
    expect(Object.keys(guessColumns([...names, "occurred_at"])).toSorted()).toEqual(
      [...names, "occurred_at"].toSorted(),
    );
  });

  it("recognises the names of Reservoir, whose amounts have the digits of their currency", () => {
    const row = {
      "token.tokenId": "705",
      fromAddress: "0xa",
      toAddress: "0xb",
      "price.amount.raw": "410000",
      "price.amount.decimal": "0.41",
      "price.amount.usd": "0.41",
      "price.currency.symbol": "USDC",
      "price.currency.decimals": "6",
      txHash: "0x1",
      logIndex: "69",
      timestamp: "1616110791",
      orderId: "0x9",
    };
    const { "price.currency.decimals": _, ...rest } = row;
    const { "price.amount.decimal": __, ...raw } = rest;
    for (const [values, price] of [
      [row, "0.41"],
      [rest, "0.41"],
      [raw, "0.00000000000041"],
    ] as const)
      expect(mapRow(values, mappingOf(Object.keys(values)), "k")).toMatchObject({
        event: {
          ...{
            kind: "sale",
            token_id: "705",
            price,
            price_usd: "0.41",
            currency: "USDC",
            from: "0xa",
            to: "0xb",
          },
          ...{ tx_hash: "0x1", order_id: "0x9", occurred_at: "2021-03-18T23:39:51.000Z" },
        },
      });
  });

  it.each(["Transaction Hash", "Txhash"])(
    "recognises the header of Etherscan's export with %s, whose rows are transfers",
    (hash) => {
      const header = [
        hash,
        "Blockno",
        "UnixTimestamp",
        "DateTime (UTC)",
        "From",
        "To",
        "Contract",
        "TokenId",
      ];
      const found = guessColumns(header);
      expect(found).toEqual({
        ...{ tx_hash: hash, block: "Blockno", occurred_at: "UnixTimestamp" },
        ...{ from: "From", to: "To", token_id: "TokenId" },
      });
      expect(guessKind(header, found)).toBe("transfer");
      expect(guessKind([...header, "Price"], guessColumns([...header, "Price"]))).toBe("sale");
      expect(guessColumns(["DateTime (UTC)"])).toEqual({ occurred_at: "DateTime (UTC)" });
    },
  );

  it("leaves alone what could mean anything", () => {
    expect(guessColumns(["id", "amount", "name", "type"])).toEqual({});
  });
});
