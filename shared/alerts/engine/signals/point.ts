import { canonicalMoney } from "../../../domain/money.ts";
import type { SalePoint, ValuePoint } from "../types.ts";

/** Something that is only counted. */
export interface CountPoint {
  at: number;
}

/** Whatever metrics are made of. */
export type MetricPoint = ValuePoint | SalePoint | CountPoint;

/** The sale that a point is; anything else is a mistake of the caller's. */
export function saleOf(point: MetricPoint): SalePoint {
  if ("price" in point) return point;
  throw new TypeError("A metric of sales was given a point that is none.");
}

/** The value that a point bears, canonical; a sale's is its price per item. `undefined`: it says nothing of the value. */
export function valueOfPoint(point: MetricPoint): string | null | undefined {
  const value = "value" in point ? point.value : "price" in point ? (point.price ?? undefined) : undefined;
  return typeof value === "string" ? canonicalMoney(value) : value;
}

/** Until when a point stood that was told late; `null`: it is in force until the next one. */
export function endOf(point: MetricPoint): number | null {
  return "until" in point ? (point.until ?? null) : null;
}

/** The first place in ascending order whose instant is after `at`. */
export function placeAfter(points: readonly { at: number }[], at: number): number {
  const last = points.at(-1);
  if (last === undefined || last.at <= at) return points.length;
  let [from, to] = [0, points.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    const point = points[middle];
    if (point !== undefined && point.at <= at) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** The earlier of two instants, of which `null` never comes. */
export function earlier(one: number | null, other: number | null): number | null {
  if (one === null || other === null) return one ?? other;
  return Math.min(one, other);
}
