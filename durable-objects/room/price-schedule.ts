import { canonicalMoney, compareMoney, movingPrice } from "../../shared/domain/money.ts";
import type { Listing } from "./listing.ts";

/** How far a price may drift from the one that was told before it is told again: half a percent, but not every second. */
const STEP = 0.005;
const SHORTEST_STEP_MS = 60_000;

/** A listing whose price runs from `price` to `end_price` between two instants, in milliseconds. */
export interface PriceSchedule {
  price: string;
  end_price: string;
  starts_at: number;
  ends_at: number;
}

/** The schedule of a listing; `null` where its price stays what it is. */
export function scheduleOf(listing: Listing): PriceSchedule | null {
  const { price, end_price, expires_at } = listing;
  if (end_price === null || expires_at === null) return null;
  return { price, end_price, starts_at: listing.starts_at ?? listing.listed_at, ends_at: expires_at };
}

/** The price of a listing at an instant. */
export function priceAt(listing: Listing, at: number): string {
  const schedule = scheduleOf(listing);
  if (schedule === null) return listing.price;
  const { price, end_price, starts_at, ends_at } = schedule;
  if (at <= starts_at) return canonicalMoney(price);
  return movingPrice(price, end_price, {
    elapsed: Math.min(at, ends_at) - starts_at,
    of: ends_at - starts_at,
  });
}

/** When a price that was told at `since` has moved so far that it is told again; `null` where it does not move. */
export function nextStep(listing: Listing, since: number): number | null {
  const schedule = scheduleOf(listing);
  if (
    schedule === null ||
    since >= schedule.ends_at ||
    compareMoney(schedule.price, schedule.end_price) === 0
  )
    return null;
  const begun = Math.max(since, schedule.starts_at);
  const slope = slopeOf(schedule);
  const drift = Math.abs((Number(priceAt(listing, begun)) * STEP) / slope);
  return Math.min(schedule.ends_at, begun + Math.max(SHORTEST_STEP_MS, Math.ceil(drift)));
}

/**
 * When to look whether a listing's price has come down to `level`, which was told at `since`; `null`: it never does, or is
 * there already. A minute later at the earliest: of two on the same curve, each comes below what was told of the other in
 * every millisecond.
 */
export function comesDownTo(listing: Listing, level: string, since: number): number | null {
  const schedule = scheduleOf(listing);
  if (schedule === null || since >= schedule.ends_at) return null;
  const begun = Math.max(since, schedule.starts_at);
  const slope = slopeOf(schedule);
  const now = Number(priceAt(listing, begun));
  if (slope >= 0 || now < Number(level)) return null;
  const at = Math.ceil(begun + (Number(level) - now) / slope) + 1;
  return at < schedule.ends_at ? Math.max(at, since + SHORTEST_STEP_MS) : null;
}

/** Per millisecond. For when to look only: prices themselves are exact. */
function slopeOf({ price, end_price, starts_at, ends_at }: PriceSchedule): number {
  return (Number(end_price) - Number(price)) / (ends_at - starts_at);
}
