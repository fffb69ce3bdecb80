/** Wire shapes of OpenSea REST v2 and Stream, built from its own types: valid by its document, not recordings. */

export const SLUG = "argonauts";
export const CONTRACT = "0x387c41b0b2f1128de44db1bcf8baad085f26392c";
export const SELLER = "0x00000000000000000000000000000000000000a1";
export const BUYER = "0x00000000000000000000000000000000000000b1";
/** 2026-09-09T10:30:00Z, in seconds. */
export const NOW_S = 1_788_949_800;
export const NOW = NOW_S * 1000;

type Fields = Record<string, unknown>;

/** A 32-byte hash made of a number. */
export function hash(number: number): string {
  return `0x${number.toString(16).padStart(64, "0")}`;
}

export function nft(token: string, slug = SLUG): Fields {
  return {
    identifier: token,
    collection: slug,
    contract: CONTRACT,
    token_standard: "erc721",
    opensea_url: `https://opensea.io/assets/ethereum/${CONTRACT}/${token}`,
    updated_at: "2026-09-09T10:00:00",
    is_disabled: false,
    is_nsfw: false,
    traits: [],
  };
}

export function payment(quantity: string, symbol = "ETH", decimals = 18): Fields {
  const token_address = "0x0000000000000000000000000000000000000000";
  return { quantity, token_address, decimals, symbol };
}

export function restSale(number: number, at: number, more: Fields = {}): Fields {
  return {
    event_type: "sale",
    event_timestamp: at,
    closing_date: at,
    transaction: hash(number),
    order_hash: hash(1_000_000 + number),
    protocol_address: "0x0000000000000068f116a894984e2db1123eb395",
    chain: "ethereum",
    payment: payment("1430000000000000000"),
    seller: SELLER,
    buyer: BUYER,
    quantity: 1,
    nft: nft(String(number)),
    ...more,
  };
}

export function restTransfer(number: number, at: number, more: Fields = {}): Fields {
  return {
    event_type: "transfer",
    event_timestamp: at,
    transaction: hash(number),
    chain: "ethereum",
    transfer_type: "transfer",
    from_address: SELLER,
    to_address: BUYER,
    quantity: 1,
    nft: nft(String(number)),
    ...more,
  };
}

export function restOrder(type: string, number: number, at: number, more: Fields = {}): Fields {
  return {
    event_type: type,
    event_timestamp: at,
    order_hash: hash(1_000_000 + number),
    protocol_address: "0x0000000000000068f116a894984e2db1123eb395",
    chain: "ethereum",
    payment: payment("1590000000000000000"),
    order_type: type,
    start_date: at,
    expiration_date: at + 86_400,
    asset: nft(String(number)),
    quantity: 1,
    maker: SELLER,
    taker: "",
    is_private_listing: false,
    ...more,
  };
}

/** A listing of the best-listings endpoint: `price` in wei for the whole order of `quantity` items. */
export function bestListing(number: number, price: string, more: Fields = {}): Fields {
  return {
    order_hash: hash(1_000_000 + number),
    chain: "ethereum",
    protocol_address: "0x0000000000000068f116a894984e2db1123eb395",
    protocol_data: { parameters: seaportListing(String(number), price) },
    asset: { identifier: String(number), contract: CONTRACT },
    remaining_quantity: 1,
    order_created_at: NOW_S - 3600,
    price: { current: { currency: "ETH", decimals: 18, value: price } },
    type: "basic",
    status: "ACTIVE",
    ...more,
  };
}

export function seaportListing(token: string, price: string, items = "1"): Fields {
  return {
    offerer: SELLER,
    offer: [
      { itemType: 2, token: CONTRACT, identifierOrCriteria: token, startAmount: items, endAmount: items },
    ],
    consideration: [
      {
        itemType: 0,
        token: "0x0000000000000000000000000000000000000000",
        identifierOrCriteria: "0",
        startAmount: price,
        endAmount: price,
        recipient: SELLER,
      },
    ],
    startTime: String(NOW_S - 3600),
    endTime: String(NOW_S + 86_400),
    orderType: 0,
    zone: "0x0000000000000000000000000000000000000000",
    zoneHash: hash(0),
    salt: "0x1",
    conduitKey: hash(0),
    totalOriginalConsiderationItems: 1,
    counter: 0,
  };
}

export function collectionReply(slug = SLUG, more: Fields = {}): Fields {
  const currency = {
    symbol: "ETH",
    address: "0x0000000000000000000000000000000000000000",
    chain: "ethereum",
    image: "",
    name: "Ether",
    decimals: 18,
    eth_price: "1",
    usd_price: "2490",
  };
  return {
    collection: slug,
    name: "Argonauts",
    description: "Sailors.",
    image_url: "https://example.org/argonauts.png",
    safelist_status: "verified",
    is_disabled: false,
    is_nsfw: false,
    trait_offers_enabled: true,
    collection_offers_enabled: true,
    opensea_url: `https://opensea.io/collection/${slug}`,
    contracts: [{ address: CONTRACT, chain: "ethereum" }],
    editors: [],
    fees: [],
    total_supply: 8888,
    unique_item_count: 8888,
    created_date: "2022-01-01",
    pricing_currencies: { listing_currency: currency, offer_currency: { ...currency, symbol: "WETH" } },
    ...more,
  };
}

export function statsReply(more: Fields = {}): Fields {
  return {
    total: {
      volume: 120.5,
      sales: 42,
      num_owners: 1000,
      floor_price: 1.5,
      floor_price_symbol: "ETH",
      ...more,
    },
    intervals: [{ interval: "one_day", volume: 1.5, sales: 1 }],
  };
}

/** A message of the Stream, as the fifth element of a version 2 frame. */
export function streamMessage(type: string, payload: Fields, more: Fields = {}): Fields {
  const at = new Date(NOW - 1000).toISOString();
  return {
    event_type: type,
    version: 1,
    sent_at: at,
    payload: { chain: "ethereum", collection: { slug: SLUG }, event_timestamp: at, ...payload },
    ...more,
  };
}

/** The Stream's telling of what `restSale(number, at)` tells. */
export function streamSale(number: number, at: number, more: Fields = {}): Fields {
  const time = new Date(at * 1000).toISOString();
  return streamMessage("item_sold", {
    event_timestamp: time,
    closing_date: time,
    item: { nft_id: `ethereum/${CONTRACT}/${number}`, chain: { name: "ethereum" } },
    order_hash: hash(1_000_000 + number),
    maker: { address: SELLER },
    taker: { address: BUYER },
    quantity: 1,
    sale_price: "1430000000000000000",
    payment_token: {
      address: "0x0000000000000000000000000000000000000000",
      decimals: 18,
      eth_price: "1",
      usd_price: "2490",
      symbol: "ETH",
    },
    transaction: { hash: hash(number), timestamp: String(at) },
    ...more,
  });
}

export function streamTransfer(number: number, at: number): Fields {
  return streamMessage("item_transferred", {
    event_timestamp: new Date(at * 1000).toISOString(),
    item: { nft_id: `ethereum/${CONTRACT}/${number}`, chain: { name: "ethereum" } },
    from_account: { address: SELLER },
    to_account: { address: BUYER },
    quantity: 1,
    transaction: { hash: hash(number), timestamp: String(at) },
  });
}

export function streamOrder(type: string, number: number, at: number, more: Fields = {}): Fields {
  return streamMessage(type, {
    event_timestamp: new Date(at * 1000).toISOString(),
    item: { nft_id: `ethereum/${CONTRACT}/${number}`, chain: { name: "ethereum" } },
    order_hash: hash(1_000_000 + number),
    protocol_address: "0x0000000000000068f116a894984e2db1123eb395",
    base_price: "1590000000000000000",
    payment_token: {
      address: "0x0000000000000000000000000000000000000000",
      decimals: 18,
      eth_price: "1.59",
      usd_price: "3959.1",
      symbol: "ETH",
    },
    listing_date: new Date(at * 1000).toISOString(),
    expiration_date: new Date((at + 86_400) * 1000).toISOString(),
    is_private: false,
    listing_type: null,
    maker: { address: SELLER },
    taker: null,
    quantity: 1,
    ...more,
  });
}
