import { z } from "zod";
import type { MarketEventInput } from "../../contracts/market.ts";
import { cutText } from "../../domain/cut-text.ts";
import { fromBaseUnits } from "./amounts.ts";
import { finishEvent, MARKETPLACE, readQuantity } from "./event.ts";
import { normaliseHash, partyOf, requireCollection, type TokenRef, tokenId } from "./identity.ts";
import { orderKey, saleKey, transferKey } from "./keys.ts";
import { lotPrice } from "./pricing.ts";
import { SkippedEvent } from "./skip.ts";
import { expiresAt, occurredAt, readTime } from "./times.ts";
import { MaybeAccount, MaybeBoolean, MaybeText, MaybeTime } from "./wire.ts";

const Payment = z.object({ quantity: MaybeText, decimals: MaybeText, symbol: MaybeText });
const Nft = z.object({ identifier: MaybeText, collection: MaybeText, contract: MaybeText });

/**
 * An element of `asset_events`: OpenSea's SaleEvent, TransferEvent and OrderEvent in one, since recorded
 * replies leave out what the document requires and say null where it does not allow it.
 */
export const RestEvent = z.object({
  event_type: z.string(),
  order_type: MaybeText,
  event_timestamp: MaybeTime,
  closing_date: MaybeTime,
  start_date: MaybeTime,
  expiration_date: MaybeTime,
  transaction: MaybeText,
  order_hash: MaybeText,
  payment: Payment.nullish().catch(null),
  quantity: MaybeText,
  seller: MaybeAccount,
  buyer: MaybeAccount,
  from_address: MaybeAccount,
  to_address: MaybeAccount,
  maker: MaybeAccount,
  taker: MaybeAccount,
  nft: Nft.nullish().catch(null),
  asset: Nft.nullish().catch(null),
  criteria: z
    .object({ collection: z.object({ slug: MaybeText }).nullish().catch(null) })
    .nullish()
    .catch(null),
  is_private_listing: MaybeBoolean,
});
type RestEvent = z.output<typeof RestEvent>;

/** `GET /api/v2/events/collection/{slug}`; the events are read one by one, so that one bad event stays one. */
export const RestEventsPage = z.object({ asset_events: z.array(z.unknown()), next: MaybeText });

/** When an element says it happened, in seconds; for stepping through pages, `null` where it does not say. */
export function restEventSecond(raw: unknown): number | null {
  const parsed = z.object({ event_timestamp: MaybeTime }).safeParse(raw);
  const ms = parsed.success ? readTime(parsed.data.event_timestamp) : null;
  return ms === null ? null : Math.floor(ms / 1000);
}

function common(event: RestEvent, slug: string, now: number) {
  const nft = event.nft ?? event.asset;
  requireCollection(nft?.collection, slug);
  requireCollection(event.criteria?.collection?.slug, slug);
  const quantity = readQuantity(event.quantity);
  const amount = fromBaseUnits(event.payment?.quantity ?? null, event.payment?.decimals ?? null);
  const token: TokenRef = {
    contract: normaliseHash(nft?.contract ?? null),
    token_id: tokenId(nft?.identifier ?? null),
  };
  return {
    token,
    collection: slug,
    token_id: token.token_id,
    quantity,
    ...lotPrice(amount, event.payment?.symbol ?? null, quantity),
    order_id: normaliseHash(event.order_hash),
    tx_hash: normaliseHash(event.transaction),
    occurred_at: occurredAt([event.event_timestamp, event.closing_date, event.start_date], now),
  };
}

/** Turns one element of `asset_events` into a market event of `slug`; throws `SkippedEvent` where it cannot be one. */
export function normaliseRestEvent(raw: unknown, slug: string, now: number): MarketEventInput {
  const parsed = RestEvent.safeParse(raw);
  if (!parsed.success) throw new SkippedEvent("unreadable", parsed.error.issues[0]?.message ?? "");
  const event = parsed.data;
  const { token, ...fields } = common(event, slug, now);
  const finish = (more: Record<string, unknown>) => finishEvent({ ...fields, ...more }, raw);
  const type = event.event_type === "order" ? (event.order_type ?? "order") : event.event_type;

  switch (type) {
    case "sale":
      return finish({
        kind: "sale",
        event_key: saleKey({ ...fields, token }),
        from: partyOf(event.seller),
        to: partyOf(event.buyer),
        marketplace: fields.order_id === null ? null : MARKETPLACE,
      });
    // A mint is a transfer out of nothing, paid or not. What was paid went to the project, not to a seller, so
    // it keeps its price and is no sale: the Stream tells the same mint as a transfer, under the same key.
    case "mint":
    case "transfer": {
      const ends = { from: event.from_address, to: event.to_address };
      return finish({ kind: "transfer", event_key: transferKey({ ...fields, token, ...ends }), ...ends });
    }
    case "listing":
      if (event.is_private_listing === true || partyOf(event.taker) !== null)
        throw new SkippedEvent("private_listing", "a listing for one buyer only");
      if ((readTime(event.start_date) ?? 0) > now)
        throw new SkippedEvent("starts_later", "a listing that is not open yet");
      return finish({
        kind: "listing",
        event_key: orderKey("listing", fields.order_id),
        from: event.maker,
        expires_at: expiresAt(event.expiration_date),
        marketplace: MARKETPLACE,
      });
    case "offer":
    case "item_offer":
    case "collection_offer":
    case "trait_offer":
      return finish({
        kind: "bid",
        event_key: orderKey("bid", fields.order_id),
        from: event.maker,
        to: partyOf(event.taker),
        expires_at: expiresAt(event.expiration_date),
        marketplace: MARKETPLACE,
      });
    // Not in today's document; older replies have it.
    case "cancel":
      return finish({
        kind: "cancel",
        event_key: orderKey("cancel", fields.order_id),
        from: event.maker,
        marketplace: MARKETPLACE,
      });
    default:
      throw new SkippedEvent("unknown_type", `event type ${cutText(type, 60)}`);
  }
}
