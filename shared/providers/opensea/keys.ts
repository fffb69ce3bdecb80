import { normaliseHash, type TokenRef } from "./identity.ts";
import { SkippedEvent } from "./skip.ts";

/**
 * Event keys, made only of what REST and the Stream both tell, so that one happening has one key whichever
 * source saw it. Keys have at most 200 characters; hashes are cut to 160 bits and addresses to 80, which
 * within one collection cannot collide by chance.
 */
const short = (text: string | null, length: number): string =>
  (text ?? "-").replace(/^0x/, "").slice(0, length);
const tokenPart = ({ contract, token_id }: TokenRef) => `${short(contract, 20)}:${short(token_id, 78)}`;

/**
 * One transaction can sell the same token twice (bought and sold on at once, or several ERC-1155 lots), so the
 * order is part of the key where it is known. Without a transaction, the order and its second stand in.
 */
export function saleKey(sale: {
  tx_hash: string | null;
  order_id: string | null;
  token: TokenRef;
  occurred_at: string;
}): string {
  const order = short(sale.order_id, 40);
  if (sale.tx_hash !== null) return `sale:${short(sale.tx_hash, 40)}:${tokenPart(sale.token)}:${order}`;
  if (sale.order_id === null) throw new SkippedEvent("no_identity", "a sale without transaction and order");
  return `sale:order:${order}:${tokenPart(sale.token)}:${Math.floor(Date.parse(sale.occurred_at) / 1000)}`;
}

export function transferKey(transfer: {
  tx_hash: string | null;
  token: TokenRef;
  from: string | null;
  to: string | null;
}): string {
  if (transfer.tx_hash === null) throw new SkippedEvent("no_identity", "a transfer without transaction");
  const party = (address: string | null) => short(normaliseHash(address), 20);
  const ends = `${party(transfer.from)}:${party(transfer.to)}`;
  return `transfer:${short(transfer.tx_hash, 40)}:${tokenPart(transfer.token)}:${ends}`;
}

/** `listing`, `bid` and `cancel` happen once to an order. */
export function orderKey(kind: "listing" | "bid" | "cancel", orderHash: string | null): string {
  return `${kind}:${requireOrder(orderHash)}`;
}

/**
 * An order can be invalidated and revalidated again and again, so the moment is part of the key: the Stream's
 * revision of the order where it is told, else the time.
 */
export function validityKey(
  kind: "invalidate" | "revalidate",
  orderHash: string | null,
  version: string | null,
  occurredAt: string,
): string {
  const moment = version === null ? String(Date.parse(occurredAt)) : `v${version}`;
  return `${kind}:${requireOrder(orderHash)}:${moment}`;
}

/** `moment` is the Stream's version (milliseconds for this family) or when the message was sent. */
export function metadataKey(token: TokenRef, moment: string): string {
  return `metadata:${tokenPart(token)}:${moment}`;
}

export function requireOrder(orderHash: string | null): string {
  if (orderHash === null) throw new SkippedEvent("no_identity", "an order event without order hash");
  return orderHash.slice(0, 128);
}
