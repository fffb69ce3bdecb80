import type { Draw } from "./random.ts";

/** Prices are whole millionths of an ETH from the moment they are set: no float leaves the model. */
export const UNITS_PER_ETH = 1_000_000;

function roundTo(units: number, digits: number): number {
  const step = 10 ** Math.max(0, Math.floor(Math.log10(units)) + 1 - digits);
  return Math.max(1, Math.round(units / step) * step);
}

/** Rounds as people do: mostly to two or three digits, now and then just below a round figure. */
export function humanUnits(eth: number, draw: Draw): number {
  const units = Math.max(1, eth * UNITS_PER_ETH);
  const habit = draw();
  if (habit < 0.3) return roundTo(units, 2);
  if (habit < 0.8) return roundTo(units, 3);
  if (habit < 0.93) return roundTo(units, 4);
  const round = roundTo(units, 2);
  return Math.max(1, round - 10 ** Math.max(0, Math.floor(Math.log10(round)) - 2));
}

/** Whole units as a decimal string: `decimalText(84_000, 6)` is `"0.084"`. */
export function decimalText(units: number, scale: number): string {
  const digits = String(units).padStart(scale + 1, "0");
  const fraction = digits.slice(-scale).replace(/0+$/, "");
  const whole = digits.slice(0, -scale);
  return fraction === "" ? whole : `${whole}.${fraction}`;
}

/** What so many units are worth in US dollars at a rate in cents an ETH, rounded to the cent. */
export function usdText(units: number, centsPerEth: number): string {
  return decimalText(Math.max(1, Math.round((units * centsPerEth) / UNITS_PER_ETH)), 2);
}
