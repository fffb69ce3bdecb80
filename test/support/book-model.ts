import type { MarketEventInput } from "../../shared/contracts/market.ts";
import { compareMoney } from "../../shared/domain/money.ts";

const at = (event: MarketEventInput) => Date.parse(event.occurred_at);
const orderOf = (listing: MarketEventInput) => listing.order_id ?? listing.event_key;

/** Whether `other` is another listing of the same order, or, where neither names one, of the same single item. */
function isSame(other: MarketEventInput, listing: MarketEventInput): boolean {
  if (other === listing) return false;
  if (orderOf(other) === orderOf(listing)) return true;
  return (
    other.order_id == null &&
    listing.order_id == null &&
    other.quantity === "1" &&
    listing.quantity === "1" &&
    other.token_id === listing.token_id &&
    other.from === listing.from &&
    other.marketplace === listing.marketplace
  );
}

/** Whether `end`, which names no order or another one, ends the listing by its token. */
function endsByToken(end: MarketEventInput, listing: MarketEventInput): boolean {
  if (at(end) < at(listing)) return false;
  const raisesCounter = end.kind === "cancel" && end.token_id == null && end.order_id == null;
  if (raisesCounter && end.from == null) return false;
  if (!raisesCounter && end.token_id !== listing.token_id) return false;
  const isMakers = end.from == null || end.from === listing.from;
  if (end.kind === "cancel")
    return (
      end.order_id == null && isMakers && (end.marketplace == null || end.marketplace === listing.marketplace)
    );
  return listing.quantity === "1" && end.order_id !== orderOf(listing) && isMakers;
}

/**
 * The orders that stand at `now` after all of `events`, the long way round: from the whole set of those that
 * nobody took back, each listing by itself. It knows no order of telling, so no end may be older than a listing
 * that it names, and no two listings of one time.
 */
export function openListings(events: MarketEventInput[], now: number): MarketEventInput[] {
  const corrected = new Set(
    events.filter((event) => event.corrects !== event.event_key).map((event) => event.corrects),
  );
  const standing = events.filter(
    (event) => !corrected.has(event.event_key) && !(event.kind === "cancel" && event.corrects != null),
  );
  const listings = standing.filter((event) => event.kind === "listing");
  const ends = standing.filter((event) => ["sale", "transfer", "cancel"].includes(event.kind));
  return listings.filter((listing) => {
    if (listing.expires_at != null && Date.parse(listing.expires_at) <= now) return false;
    if (listings.some((other) => isSame(other, listing) && at(other) > at(listing))) return false;
    if (ends.some((end) => endsByToken(end, listing))) return false;
    const named = ends.filter((end) => end.order_id === orderOf(listing) && at(end) >= at(listing));
    if (named.some((end) => end.kind === "cancel")) return false;
    const sold = named.reduce((sum, end) => sum + BigInt(end.quantity), 0n);
    return sold < BigInt(listing.quantity);
  });
}

/** The lowest of them; the older one of two at the same price. */
export function lowest(listings: MarketEventInput[]): MarketEventInput | null {
  const [first] = [...listings].sort((a, b) => compareMoney(a.price ?? "", b.price ?? "") || at(a) - at(b));
  return first ?? null;
}
