import Big from "big.js";

export interface ShortAmount {
  /** What is shown. */
  text: string;
  /** The amount as it was given, exact. */
  full: string;
  /** What would fill the text up to the decimals of its magnitude, so that points stand below each other. */
  pad: string;
}

/** Digits after the point for what is shown; small amounts keep four that mean something. */
function decimalsFor(amount: Big): number {
  if (amount.gte(10_000)) return 0;
  if (amount.gte(1_000)) return 1;
  if (amount.gte(100)) return 2;
  if (amount.gte(1)) return 4;
  return Math.min(36, 3 - amount.e);
}

const SCALES = [
  { from: new Big("1e12"), sign: "T" },
  { from: new Big("1e9"), sign: "B" },
  { from: new Big("1e6"), sign: "M" },
];
const LARGEST = new Big("1e15");

/** Shortens a decimal string for the eye; `null` (not known) stays `null`, and zero is zero. */
export function shortenAmount(decimal: string | null | undefined): ShortAmount | null {
  if (decimal === null || decimal === undefined) return null;
  const amount = new Big(decimal);
  const full = decimal;
  if (amount.eq(0)) return { text: "0", full, pad: "" };
  if (amount.abs().gte(LARGEST)) return { text: amount.toExponential(3), full, pad: "" };
  for (const { from, sign } of SCALES) {
    if (amount.abs().lt(from)) continue;
    return { text: `${trimZeros(amount.div(from).toFixed(3))}${sign}`, full, pad: "" };
  }
  const padded = amount.toFixed(decimalsFor(amount.abs()));
  const trimmed = trimZeros(padded);
  return { text: groupThousands(trimmed), full, pad: padded.slice(trimmed.length) };
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function groupThousands(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** -1, 0 or 1 as `after` is below, equal to or above `before`; 0 where either is not known. */
export function compareAmounts(before: string | null, after: string | null): -1 | 0 | 1 {
  if (before === null || after === null) return 0;
  return new Big(after).cmp(before);
}
