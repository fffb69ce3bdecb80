import { z } from "zod";
import type { MarketEventInput } from "../../contracts/market.ts";
import { cutText } from "../../domain/cut-text.ts";
import { finishEvent, MARKETPLACE, readQuantity } from "./event.ts";
import {
  normaliseHash,
  partyOf,
  readNftId,
  requireCollection,
  sideOf,
  tokenFromSeaport,
} from "./identity.ts";
import { metadataKey, orderKey, requireOrder, saleKey, transferKey, validityKey } from "./keys.ts";
import { readMovingPrice } from "./moving-price.ts";
import { orderPrice, salePrice } from "./pricing.ts";
import { SkippedEvent } from "./skip.ts";
import { expiresAt, occurredAt, readTime } from "./times.ts";
import {
  MaybeAccount,
  MaybeBoolean,
  MaybeChain,
  MaybeInteger,
  MaybeSeaport,
  MaybeText,
  MaybeTime,
} from "./wire.ts";

const PaymentToken = z.object({
  symbol: MaybeText,
  address: MaybeText,
  decimals: MaybeText,
  eth_price: MaybeText,
  usd_price: MaybeText,
});
const NO_PAYMENT = PaymentToken.parse({});

/** One message of the Stream: what stream-js types and recorded frames have in common, and no more. */
export const StreamMessage = z.object({
  event_type: z.string(),
  version: MaybeInteger,
  sent_at: MaybeTime,
  payload: z.object({
    collection: z.object({ slug: z.string() }),
    chain: MaybeChain,
    item: z.object({ nft_id: MaybeText, chain: MaybeChain }).nullish().catch(null),
    event_timestamp: MaybeTime,
    closing_date: MaybeTime,
    listing_date: MaybeTime,
    created_date: MaybeTime,
    expiration_date: MaybeTime,
    transaction: z.object({ hash: MaybeText, timestamp: MaybeTime }).nullish().catch(null),
    order_hash: MaybeText,
    protocol_address: MaybeText,
    quantity: MaybeText,
    base_price: MaybeInteger,
    sale_price: MaybeInteger,
    payment_token: PaymentToken.nullish().catch(null),
    protocol_data: MaybeSeaport,
    maker: MaybeAccount,
    taker: MaybeAccount,
    from_account: MaybeAccount,
    to_account: MaybeAccount,
    listing_type: MaybeText,
    is_private: MaybeBoolean,
  }),
});
type StreamMessage = z.output<typeof StreamMessage>;

/** An order that became good again. The Stream tells no price with it, so the order has to be looked up. */
export interface Revalidation {
  collection: string;
  chain: string;
  protocol_address: string;
  order_hash: string;
  event_key: string;
  occurred_at: string;
}

/** The collection that a message is about; `null` where it does not say. On topic `collection:*` only this tells. */
export function collectionOf(message: unknown): string | null {
  const parsed = z
    .object({ payload: z.object({ collection: z.object({ slug: z.string() }) }) })
    .safeParse(message);
  return parsed.success ? parsed.data.payload.collection.slug : null;
}

function readMessage(raw: unknown, slug: string): StreamMessage {
  const parsed = StreamMessage.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new SkippedEvent("unreadable", `${issue?.path.join("/") ?? ""} ${issue?.message ?? ""}`);
  }
  requireCollection(parsed.data.payload.collection.slug, slug);
  return parsed.data;
}

/** Fields that every event has. A bid's item may name only the contract: the token then stands in the order. */
function common(message: StreamMessage, slug: string, now: number) {
  const { payload } = message;
  const named = readNftId(payload.item?.nft_id ?? null);
  const token = named.token_id === null ? tokenFromSeaport(payload.protocol_data, named.contract) : named;
  return {
    token,
    collection: slug,
    token_id: token.token_id,
    quantity: readQuantity(payload.quantity),
    order_id: normaliseHash(payload.order_hash),
    tx_hash: normaliseHash(payload.transaction?.hash ?? null),
    occurred_at: occurredAt(
      [
        payload.event_timestamp,
        payload.closing_date,
        payload.transaction?.timestamp,
        payload.listing_date,
        payload.created_date,
        message.sent_at,
      ],
      now,
    ),
  };
}

/**
 * Turns one message of the Stream into a market event of `slug`; throws `SkippedEvent` where it cannot be one.
 * `order_revalidate` is no event by itself: see `readRevalidation`.
 */
export function normaliseStreamMessage(raw: unknown, slug: string, now: number): MarketEventInput {
  const message = readMessage(raw, slug);
  const { token, ...fields } = common(message, slug, now);
  const { payload } = message;
  const finish = (more: Record<string, unknown>) => finishEvent({ ...fields, ...more }, raw);
  const payment = payload.payment_token ?? NO_PAYMENT;
  const priceOfOrder = () => orderPrice(payload.base_price, fields.quantity, payment, payload.protocol_data);

  switch (message.event_type) {
    case "item_sold": {
      if (fields.tx_hash === null)
        throw new SkippedEvent("no_transaction", "a sale without transaction; REST tells it with one");
      return finish({
        kind: "sale",
        event_key: saleKey({ ...fields, token }),
        ...salePrice(payload.sale_price, fields.quantity, payment),
        ...partiesOfSale(payload),
        marketplace: fields.order_id === null ? null : MARKETPLACE,
      });
    }
    case "item_transferred": {
      const ends = { from: payload.from_account, to: payload.to_account };
      return finish({ kind: "transfer", event_key: transferKey({ ...fields, token, ...ends }), ...ends });
    }
    case "item_listed": {
      if (payload.is_private === true || partyOf(payload.taker) !== null)
        throw new SkippedEvent("private_listing", "a listing for one buyer only");
      if (payload.listing_type?.toLowerCase() === "english")
        throw new SkippedEvent("auction", "an auction's opening bid is no price to buy at");
      if ((readTime(payload.listing_date) ?? 0) > now)
        throw new SkippedEvent("starts_later", "a listing that is not open yet");
      return finish({
        kind: "listing",
        event_key: orderKey("listing", fields.order_id),
        ...priceOfOrder(),
        ...readMovingPrice(payload.protocol_data, payment.decimals),
        from: payload.maker,
        expires_at: expiresAt(payload.protocol_data?.endTime ?? payload.expiration_date),
        marketplace: MARKETPLACE,
      });
    }
    case "item_received_bid":
    case "item_received_offer":
    case "collection_offer":
    case "trait_offer":
      return finish({
        kind: "bid",
        event_key: orderKey("bid", fields.order_id),
        ...priceOfOrder(),
        from: payload.maker,
        to: partyOf(payload.taker),
        expires_at: expiresAt(payload.expiration_date),
        marketplace: MARKETPLACE,
      });
    case "item_cancelled":
      return finish({
        kind: "cancel",
        event_key: orderKey("cancel", fields.order_id),
        ...priceOfOrder(),
        from: payload.maker,
        marketplace: MARKETPLACE,
      });
    case "order_invalidate":
      return finish({
        kind: "cancel",
        event_key: validityKey("invalidate", fields.order_id, message.version, fields.occurred_at),
        from: payload.maker,
        marketplace: MARKETPLACE,
      });
    case "item_metadata_updated": {
      if (token.token_id === null) throw new SkippedEvent("no_identity", "metadata of no token");
      const moment = message.version ?? String(Date.parse(fields.occurred_at));
      return finish({ kind: "metadata", event_key: metadataKey(token, moment), order_id: null });
    }
    default:
      throw new SkippedEvent("unknown_type", `event type ${cutText(message.event_type, 60)}`);
  }
}

/**
 * The maker of a filled listing sells, the maker of a filled offer buys. The signed order tells which; so does
 * native coin, which cannot be offered. Otherwise both sides stay unknown rather than perhaps swapped.
 */
function partiesOfSale(payload: StreamMessage["payload"]): { from: string | null; to: string | null } {
  const native = /^0x0{40}$/.test(payload.payment_token?.address ?? "");
  const side = sideOf(payload.protocol_data) ?? (native ? "listing" : null);
  if (side === null) return { from: null, to: null };
  const [from, to] = side === "listing" ? [payload.maker, payload.taker] : [payload.taker, payload.maker];
  return { from: partyOf(from), to: partyOf(to) };
}

/** What is needed to look a revalidated order up; throws `SkippedEvent` where it does not say enough. */
export function readRevalidation(raw: unknown, slug: string, now: number): Revalidation {
  const message = readMessage(raw, slug);
  const { payload } = message;
  const { order_id, occurred_at } = common(message, slug, now);
  const chain = payload.chain ?? payload.item?.chain;
  if (!chain || payload.protocol_address === null)
    throw new SkippedEvent("no_identity", "a revalidated order without chain or protocol");
  return {
    collection: slug,
    chain,
    protocol_address: payload.protocol_address,
    order_hash: requireOrder(order_id),
    event_key: validityKey("revalidate", order_id, message.version, occurred_at),
    occurred_at,
  };
}
