import { divide, fromBaseUnits } from "./amounts.ts";
import { readTime } from "./times.ts";
import type { Seaport, SeaportItem } from "./wire.ts";

/** The prices of an item at the two ends of an order, in whole currency, and when the first of them holds. */
export interface MovingPrice {
  price: string;
  price_basis: "item";
  end_price: string;
  starts_at: string;
}

/**
 * The prices of a listing whose signed amounts differ at its start and at its end, as those of a Dutch auction do;
 * `null` for any other order. Its price of the moment, which REST gives, would be old at once.
 */
export function readMovingPrice(
  order: Seaport | null | undefined,
  decimals: string | null,
): MovingPrice | null {
  const isMoney = ({ itemType }: SeaportItem) => itemType === "0" || itemType === "1";
  if (order == null || order.offer.some(isMoney)) return null;
  const paid = order.consideration.filter(isMoney);
  const [start, end] = [sumOf(paid, "startAmount"), sumOf(paid, "endAmount")];
  const items = order.offer[0]?.startAmount ?? null;
  const starts_at = readTime(order.startTime);
  if (start === null || end === null || start === end || starts_at === null) return null;
  if (readTime(order.endTime) === null || !/^[1-9]\d{0,77}$/.test(items ?? "")) return null;
  const price = fromBaseUnits(start, decimals);
  const end_price = fromBaseUnits(end, decimals);
  if (price === null || end_price === null) return null;
  return {
    price: divide(price, items ?? "1"),
    price_basis: "item",
    end_price: divide(end_price, items ?? "1"),
    starts_at: new Date(starts_at).toISOString(),
  };
}

function sumOf(items: SeaportItem[], end: "startAmount" | "endAmount"): string | null {
  if (items.length === 0 || items.some((item) => !/^\d{1,78}$/.test(item[end] ?? ""))) return null;
  return items.reduce((sum, item) => sum + BigInt(item[end] ?? "0"), 0n).toString();
}
