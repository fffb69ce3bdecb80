import type { EventKind } from "../../contracts/market.ts";
import type { ReplayMapping, RowField } from "./mapping.ts";

/**
 * Names that public histories give their columns, best first; compared in lower case with every other sign
 * as `_`. Names that mean different things in different files ("amount", "hash of what", "id") are left out:
 * a wrong guess costs more than a flag.
 */
const NAMES: Record<RowField, string[]> = {
  occurred_at: [
    "occurred_at",
    "timestamp_utc",
    "block_time",
    "block_timestamp",
    "event_timestamp",
    "timestamp",
    "unixtimestamp",
    "unix_timestamp",
    "datetime",
    "date_time",
    "datetime_utc",
    "time",
    "sale_date",
    "closing_date",
    "date",
    "day",
  ],
  kind: ["kind", "event_type"],
  token_id: [
    "token_id",
    "tokenid",
    "token_tokenid",
    "nft_id",
    "nft_token_id",
    "punk_id",
    "identifier",
    "token",
  ],
  price: [
    "price",
    "price_eth",
    "eth_price",
    "sale_price",
    "sale_price_eth",
    "eth_amount",
    "amount_eth",
    "value_eth",
    "price_amount_decimal",
  ],
  price_wei: ["price_wei", "wei", "amount_wei", "value_wei", "price_amount_raw"],
  price_decimals: ["price_decimals", "price_currency_decimals"],
  price_usd: [
    "price_usd",
    "usd_price",
    "amount_usd",
    "usd_amount",
    "value_usd",
    "sale_price_usd",
    "price_amount_usd",
  ],
  currency: ["currency", "currency_symbol", "payment_token_symbol", "price_currency_symbol"],
  quantity: ["quantity", "number_of_items", "num_items"],
  from: ["from", "seller", "seller_address", "from_address", "fromaddress", "maker"],
  to: ["to", "buyer", "buyer_address", "to_address", "toaddress", "winner"],
  tx_hash: ["tx_hash", "tx", "transaction_hash", "txn_hash", "txhash", "hash", "transaction"],
  log_index: ["log_index", "logindex", "evt_index", "event_index"],
  block: ["block", "block_number", "blocknumber", "blockno", "block_no"],
  order_id: ["order_id", "orderid", "order_hash"],
  marketplace: ["marketplace", "exchange", "ordersource"],
  expires_at: ["expires_at", "expiration_date", "expiry"],
  event_key: ["event_key", "unique_trade_id"],
};

function plainName(column: string): string {
  return column
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}

/** Whole units of a currency are exact, but say nothing without the currency's digits, which an amount does not need. */
function preferReadable(found: ReplayMapping["columns"]): void {
  const raw = found.price_wei;
  if (raw === undefined || plainName(raw) !== "price_amount_raw") return;
  if (found.price_decimals === undefined && found.price !== undefined) delete found.price_wei;
}

/** Which column holds what, by their names; fields for which no name is known are left out. */
export function guessColumns(columns: string[]): ReplayMapping["columns"] {
  const byName = new Map(columns.toReversed().map((column) => [plainName(column), column]));
  const found: ReplayMapping["columns"] = {};
  const taken = new Set<string>();
  for (const [field, names] of Object.entries(NAMES)) {
    const name = names.find((candidate) => byName.has(candidate) && !taken.has(candidate));
    const column = name === undefined ? undefined : byName.get(name);
    if (name === undefined || column === undefined) continue;
    taken.add(name);
    Object.assign(found, { [field]: column });
  }
  preferReadable(found);
  return found;
}

/** What rows are that say neither their kind nor a price, by the header: Etherscan exports transfers, all others sales. */
export function guessKind(columns: string[], found: ReplayMapping["columns"]): EventKind {
  const names = new Set(columns.map(plainName));
  const isEtherscan = names.has("blockno") && names.has("unixtimestamp");
  return isEtherscan && found.price === undefined && found.price_wei === undefined ? "transfer" : "sale";
}

/** Whether two headers are the same name to `guessColumns`. */
export function isSameName(one: string, other: string): boolean {
  return plainName(one) === plainName(other);
}
