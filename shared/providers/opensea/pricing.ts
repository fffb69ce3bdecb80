import { compareDecimals, divide, fromBaseUnits, multiply, readDecimal, roughlyEqual } from "./amounts.ts";
import { normaliseHash } from "./identity.ts";
import type { Seaport, SeaportItem } from "./wire.ts";

export interface PriceFields {
  price: string | null;
  price_basis: "item" | "total";
  currency: string | null;
  /** Per item. */
  price_usd: string | null;
}

/** A payment token as the Stream tells it: all text, any of it absent. */
export interface PaymentToken {
  symbol: string | null;
  address: string | null;
  decimals: string | null;
  eth_price: string | null;
  usd_price: string | null;
}

const UNKNOWN: PriceFields = { price: null, price_basis: "item", currency: null, price_usd: null };
const isEther = (symbol: string) => /^w?eth$/i.test(symbol);

/** A symbol that can stand beside an amount; the native coin is ether where only its zero address is told. */
export function readSymbol(symbol: string | null): string | null {
  return symbol === null || symbol.trim().length > 16 ? null : symbol.trim().toUpperCase();
}

/** An amount for the whole lot; per item where the lot is one. `null` amounts stay unknown, with no currency beside them. */
export function lotPrice(amount: string | null, symbol: string | null, quantity: string): PriceFields {
  const currency = readSymbol(symbol);
  if (amount === null || currency === null || /^[0.]+$/.test(amount)) return UNKNOWN;
  return { price: amount, price_basis: quantity === "1" ? "item" : "total", currency, price_usd: null };
}

/** `item_sold`: `sale_price` is paid for the whole lot. */
export function salePrice(salePriceUnits: string | null, quantity: string, token: PaymentToken): PriceFields {
  const total = fromBaseUnits(salePriceUnits, token.decimals);
  const lot = lotPrice(total, token.symbol, quantity);
  if (lot.price === null || lot.currency === null) return lot;
  return {
    ...lot,
    price_usd: usdPerItem({ token, total: lot.price, quantity, currency: lot.currency, usual: "rate" }),
  };
}

/**
 * Listings, bids and offers: `base_price` is the whole order's where the signed order or the ether value says
 * so, else one item's (as captured: 0.453 for each of 2, with an ether value of 0.906).
 */
export function orderPrice(
  basePriceUnits: string | null,
  quantity: string,
  token: PaymentToken,
  signed: Seaport | null | undefined,
): PriceFields {
  const base = fromBaseUnits(basePriceUnits, token.decimals);
  const lot = lotPrice(base, token.symbol, quantity);
  if (lot.price === null || lot.currency === null) return lot;
  const ofLot = quantity === "1" || isWholeOrder(lot.price, quantity, token, signed);
  const total = ofLot ? lot.price : multiply(lot.price, quantity);
  return {
    ...lot,
    price_basis: ofLot && quantity !== "1" ? "total" : "item",
    price_usd: usdPerItem({ token, total, quantity, currency: lot.currency, usual: "value" }),
  };
}

function isWholeOrder(
  base: string,
  quantity: string,
  token: PaymentToken,
  signed: Seaport | null | undefined,
): boolean {
  const whole = multiply(base, quantity);
  const signedTotal = fromBaseUnits(signedPayment(signed, token.address), token.decimals);
  for (const evidence of [signedTotal, isEther(token.symbol ?? "") ? readDecimal(token.eth_price) : null]) {
    if (evidence === null) continue;
    if (roughlyEqual(evidence, base)) return true;
    if (roughlyEqual(evidence, whole)) return false;
  }
  return false;
}

/** Money (item types 0 and 1) that a signed order asks for or offers in all, in base units. */
export function signedPayment(order: Seaport | null | undefined, currency: string | null): string | null {
  const paid = (items: readonly SeaportItem[]) =>
    items.filter(
      ({ itemType, token }) =>
        (itemType === "0" || itemType === "1") &&
        (currency === null || normaliseHash(token) === normaliseHash(currency)),
    );
  const offered = paid(order?.offer ?? []);
  const items = offered.length > 0 ? offered : paid(order?.consideration ?? []);
  if (items.length === 0 || items.some(({ startAmount }) => !/^\d{1,78}$/.test(startAmount ?? "")))
    return null;
  return items.reduce((sum, { startAmount }) => sum + BigInt(startAmount ?? "0"), 0n).toString();
}

/**
 * `usd_price` and `eth_price` are the token's rate on a sale and the order's value on an order (2026), or the
 * rate on both (2022). Where the token is ether the ether figure shows which; a figure that fits neither is
 * not believed. For other tokens nothing tells them apart, so `usual` decides.
 */
function usdPerItem(given: {
  token: PaymentToken;
  total: string;
  quantity: string;
  currency: string;
  usual: "rate" | "value";
}): string | null {
  const usd = readDecimal(given.token.usd_price);
  if (usd === null) return null;
  const item = divide(given.total, given.quantity);
  const eth = readDecimal(given.token.eth_price);
  let meaning: "rate" | "value" | "item value" | null = given.usual;
  if (isEther(given.currency)) {
    if (eth === null) return null;
    const fits = { rate: roughlyEqual(eth, "1"), value: roughlyEqual(eth, given.total) };
    const usualFits = fits[given.usual];
    const other = given.usual === "rate" ? "value" : "rate";
    if (!usualFits) meaning = fits[other] ? other : roughlyEqual(eth, item) ? "item value" : null;
  }
  if (meaning === null) return null;
  const perItem =
    meaning === "rate" ? multiply(usd, item) : meaning === "value" ? divide(usd, given.quantity) : usd;
  return compareDecimals(perItem, "0") > 0 ? perItem : null;
}
