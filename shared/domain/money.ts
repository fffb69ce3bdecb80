import Big from "big.js";

/** A constructor of our own: the library's settings are global to a constructor, and others may change theirs. */
const Exact = Big();
Exact.strict = true;

/** Digits after the point that a quotient keeps where the caller names none: those of one ETH in wei. */
export const QUOTIENT_SCALE = 18;

/** How a quotient that does not end is cut: `half_even` for figures, `down` where nothing may be made up. */
export type Rounding = "down" | "half_up" | "half_even" | "up";

const MODES: Record<Rounding, 0 | 1 | 2 | 3> = { down: 0, half_up: 1, half_even: 2, up: 3 };

/** Plain digits, never an exponent, without zeros that say nothing: `"1.50"` becomes `"1.5"`. */
function plain(value: Big): string {
  const text = value.toFixed();
  return text === "-0" ? "0" : text;
}

/** The one way to write a decimal: `"0100.2500"` becomes `"100.25"`. Throws on anything but a decimal string. */
export function canonicalMoney(amount: string): string {
  return plain(new Exact(amount));
}

/** Exact sum of decimal strings. */
export function addMoney(...amounts: string[]): string {
  return plain(amounts.reduce((sum, amount) => sum.plus(amount), new Exact("0")));
}

/** Exact difference. */
export function subtractMoney(amount: string, less: string): string {
  return plain(new Exact(amount).minus(less));
}

/** Exact product. */
export function multiplyMoney(amount: string, factor: string): string {
  return plain(new Exact(amount).times(factor));
}

/**
 * Quotient with `scale` digits after the point, rounded once and as asked.
 * Throws a `RangeError` where the divisor is zero.
 */
export function divideMoney(
  amount: string,
  divisor: string,
  { scale = QUOTIENT_SCALE, rounding = "half_even" }: { scale?: number; rounding?: Rounding } = {},
): string {
  if (new Exact(divisor).eq("0")) throw new RangeError("An amount cannot be divided by zero.");
  // A constructor for each call: the scale and the rounding of a division are settings of its constructor.
  const Rounded = Big();
  Rounded.DP = scale;
  Rounded.RM = MODES[rounding];
  return plain(new Rounded(amount).div(divisor));
}

/** Digits after the point of a price that moves: those of one ETH in wei. */
const MOVING_SCALE = 18;

/** Where a price is on its straight way from `start` to `end`, rounded up as orders on the chain are. */
export function movingPrice(
  start: string,
  end: string,
  { elapsed, of }: { elapsed: number; of: number },
): string {
  const Rounded = Big();
  Rounded.DP = MOVING_SCALE;
  Rounded.RM = MODES.up;
  const way = new Rounded(end).minus(start).times(elapsed);
  const total = new Rounded(start).times(of).plus(way);
  return plain(total.div(of));
}

/** -1, 0 or 1, by value: `"1.0"` and `"1"` are the same. */
export function compareMoney(left: string, right: string): -1 | 0 | 1 {
  return new Exact(left).cmp(right);
}
