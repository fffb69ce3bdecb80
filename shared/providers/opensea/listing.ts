import { z } from "zod";
import type { MarketEventInput } from "../../contracts/market.ts";
import { cutText } from "../../domain/cut-text.ts";
import { divide, fromBaseUnits } from "./amounts.ts";
import { finishEvent, MARKETPLACE, readQuantity } from "./event.ts";
import { normaliseHash, partyOf, sideOf, tokenFromSeaport, tokenId } from "./identity.ts";
import { orderKey, requireOrder } from "./keys.ts";
import { readMovingPrice } from "./moving-price.ts";
import { lotPrice, type PriceFields, signedPayment } from "./pricing.ts";
import { SkippedEvent } from "./skip.ts";
import { expiresAt, occurredAt, readTime } from "./times.ts";
import { MaybeAccount, MaybeSeaport, MaybeText, MaybeTime } from "./wire.ts";

const Amount = z.object({ currency: MaybeText, decimals: MaybeText, value: MaybeText });

/** A listing of `/listings/collection/{slug}/best` and of `GET order`. */
const Listing = z.object({
  order_hash: MaybeText,
  protocol_data: MaybeSeaport,
  asset: z.object({ identifier: MaybeText, contract: MaybeText }).nullish().catch(null),
  remaining_quantity: MaybeText,
  order_created_at: MaybeTime,
  price: z.object({ current: Amount }).nullish().catch(null),
  taker: MaybeAccount,
  type: MaybeText,
  status: MaybeText,
});
type Listing = z.output<typeof Listing>;

export const ListingsPage = z.object({ listings: z.array(z.unknown()), next: MaybeText });
export const OrderReply = z.object({ order: z.unknown() });

/** Where a listing that was closed before opens again: its own key and time take the place of the first ones. */
export interface Reopening {
  event_key: string;
  occurred_at: string;
}

/** Turns an open listing into a market event; throws `SkippedEvent` where it is not open, or not to everyone. */
export function normaliseListing(
  raw: unknown,
  slug: string,
  now: number,
  reopening?: Reopening,
): MarketEventInput {
  const parsed = Listing.safeParse(raw);
  if (!parsed.success) throw new SkippedEvent("unreadable", parsed.error.issues[0]?.message ?? "");
  const listing = parsed.data;
  const order = listing.protocol_data;
  const orderHash = normaliseHash(listing.order_hash);
  requireOpen(listing, now);

  const contract = normaliseHash(listing.asset?.contract ?? null);
  const named = tokenId(listing.asset?.identifier ?? null);
  const token = named === null ? tokenFromSeaport(order, contract).token_id : named;
  const quantity = readQuantity(listing.remaining_quantity);
  return finishEvent(
    {
      kind: "listing",
      event_key: reopening?.event_key ?? orderKey("listing", orderHash),
      collection: slug,
      token_id: token,
      ...listingPrice(listing, quantity),
      ...readMovingPrice(order, listing.price?.current.decimals ?? null),
      quantity,
      order_id: requireOrder(orderHash),
      from: partyOf(order?.offerer ?? null),
      occurred_at: reopening?.occurred_at ?? occurredAt([listing.order_created_at, order?.startTime], now),
      expires_at: expiresAt(order?.endTime),
      marketplace: MARKETPLACE,
    },
    raw,
  );
}

function requireOpen(listing: Listing, now: number): void {
  const order = listing.protocol_data;
  if (sideOf(order) === "offer") throw new SkippedEvent("not_open", "an offer, not a listing");
  if (listing.status !== null && listing.status.toUpperCase() !== "ACTIVE")
    throw new SkippedEvent("not_open", `a listing that is ${cutText(listing.status, 20)}`);
  if (partyOf(listing.taker) !== null)
    throw new SkippedEvent("private_listing", "a listing for one buyer only");
  if (listing.type?.toLowerCase() === "english")
    throw new SkippedEvent("auction", "an auction's opening bid is no price to buy at");
  if ((readTime(order?.startTime) ?? 0) > now)
    throw new SkippedEvent("starts_later", "a listing that is not open yet");
}

/**
 * `price.current.value` is for the whole order as it was signed, of which some may have been sold: where the
 * signed payment says so it is divided by the signed number of items, else by what remains.
 */
function listingPrice(listing: Listing, remaining: string): PriceFields {
  const current = listing.price?.current;
  const amount = fromBaseUnits(current?.value ?? null, current?.decimals ?? null);
  const lot = lotPrice(amount, current?.currency ?? null, remaining);
  const signedItems = listing.protocol_data?.offer[0]?.startAmount ?? null;
  const isSigned = signedPayment(listing.protocol_data, null) === current?.value;
  if (
    lot.price === null ||
    !isSigned ||
    signedItems === remaining ||
    !/^[1-9]\d{0,77}$/.test(signedItems ?? "")
  )
    return lot;
  return { ...lot, price: divide(lot.price, signedItems ?? "1"), price_basis: "item" };
}
