import { compareMoney } from "../../domain/money.ts";

/** A decimal that is compared often: exact, and with the nearest float, which settles most comparisons. */
export interface Decimal {
  text: string;
  near: number;
}

/** Of decimal text; nothing else may be given. */
export const decimalOf = (text: string): Decimal => ({ text, near: Number(text) });

/** -1, 0 or 1, exactly: text is rounded to floats in its own order, so only equal floats need a closer look. */
export function compareDecimals(left: Decimal, right: Decimal): -1 | 0 | 1 {
  if (left.near < right.near) return -1;
  if (left.near > right.near) return 1;
  return left.text === right.text ? 0 : compareMoney(left.text, right.text);
}
