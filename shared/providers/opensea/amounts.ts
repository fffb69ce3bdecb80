import Big from "big.js";

/** Prices divide to 18 places, as many as ether has. */
const Exact = Big();
Exact.DP = 18;

/** A decimal as the contract writes it: no exponent, no trailing zeros. */
function plain(value: Big): string {
  return value
    .toFixed()
    .replace(/(\.\d*?)0+$/, "$1")
    .replace(/\.$/, "");
}

/** `"1160000000000000000"` with 18 decimals is `"1.16"`, exactly; `null` where either is no sound number. */
export function fromBaseUnits(units: string | null, decimals: string | null): string | null {
  if (units === null || decimals === null) return null;
  const places = Number(decimals);
  if (!/^\d{1,78}$/.test(units) || !/^\d{1,2}$/.test(decimals) || places > 36) return null;
  const digits = units.padStart(places + 1, "0");
  const whole = digits.slice(0, digits.length - places).replace(/^0+(?=\d)/, "");
  const fraction = digits.slice(digits.length - places).replace(/0+$/, "");
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** A decimal as sent (`"1805.279999999999973000"`, `0.0165`), or `null` where it is none, or not positive. */
export function readDecimal(text: string | null): string | null {
  if (text === null || !/^\d{1,78}(?:\.\d+)?(?:e[+-]?\d{1,2})?$/i.test(text)) return null;
  const value = new Exact(text);
  return value.gt(0) ? plain(value.round(36, Exact.roundHalfEven)) : null;
}

export function multiply(left: string, right: string): string {
  return plain(new Exact(left).times(right).round(36, Exact.roundHalfEven));
}

/** To 18 places. */
export function divide(left: string, right: string): string {
  return plain(new Exact(left).div(right));
}

/** -1, 0 or 1. */
export function compareDecimals(left: string, right: string): number {
  return new Exact(left).cmp(right);
}

/** Whether two amounts agree within two per cent, as quotes of one moment do. */
export function roughlyEqual(left: string, right: string): boolean {
  const difference = new Exact(left).minus(right).abs();
  return difference.lte(new Exact(right).times("0.02"));
}
