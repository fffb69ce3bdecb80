import { canonicalMoney, divideMoney, multiplyMoney } from "../../../shared/domain/money.ts";
import { LAST_INSTANT } from "../../../shared/domain/span.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { NumberPoint } from "./schema.ts";

/** `DataPointFlags` of the protocol: the point says that there is no value. */
const NO_RECORDED_VALUE = 1;

/** Most digits after the point that a metric's value has. */
const SCALE = 36;

/** What a point says, or why it cannot be taken. `null`: it says that there is nothing. */
export type Read = { at: string; value: string } | { refused: string } | null;

/** As JSON writes numbers: no other base, no blanks. */
const DECIMAL = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number as decimal text; `null` where it is none. */
export function decimalOf(value: number | string): string | null {
  if (typeof value === "string" && !DECIMAL.test(value)) return null;
  const number = Number(value);
  if (!Number.isFinite(number)) return null;
  // An integer in text may be longer than a float knows.
  const plain = canonicalMoney(typeof value === "string" && /^-?\d+$/.test(value) ? value : String(number));
  const [whole = "0", digits = ""] = plain.split(".");
  return digits.length <= SCALE ? plain : canonicalMoney(`${whole}.${digits.slice(0, SCALE)}`);
}

type Interval = Pick<NumberPoint, "startTimeUnixNano" | "timeUnixNano">;

const nanos = (value: string | number | null | undefined) => BigInt(value ?? 0);

/** When a point was measured; `null` where it says that it has no value. */
export function momentOf(
  point: Pick<NumberPoint, "timeUnixNano" | "flags">,
): { at: string } | { refused: string } | null {
  if (((point.flags ?? 0) & NO_RECORDED_VALUE) !== 0) return null;
  const ms = Number(nanos(point.timeUnixNano) / 1_000_000n);
  return ms <= 0 || ms > LAST_INSTANT ? { refused: "has no timeUnixNano" } : { at: isoTime(ms) };
}

/** When a point began to count, in ms since 1970; 0 where it does not say. */
export const startOf = ({ startTimeUnixNano }: Pick<NumberPoint, "startTimeUnixNano">) =>
  Math.max(0, Number(nanos(startTimeUnixNano) / 1_000_000n));

/** What grew by `value` in a point's interval, by the second. */
export function perSecond(value: string, point: Interval): { value: string } | { refused: string } {
  const length = nanos(point.timeUnixNano) - nanos(point.startTimeUnixNano);
  if (length <= 0n || nanos(point.startTimeUnixNano) <= 0n)
    return { refused: "is a delta without an interval: startTimeUnixNano must lie before timeUnixNano" };
  return { value: divideMoney(multiplyMoney(value, "1000000000"), String(length)) };
}

/** A point's time and value; with `per_second`, the value by the interval that it was counted in. */
export function readPoint(point: NumberPoint, { per_second }: { per_second: boolean }): Read {
  const moment = momentOf(point);
  if (moment === null) return null;
  const given = point.asInt ?? point.asDouble;
  if (given === undefined || given === null) return { refused: "has neither asInt nor asDouble" };
  const value = decimalOf(given);
  if (value === null) return { refused: "is not a finite number in decimals" };
  if ("refused" in moment) return moment;
  const kept = per_second ? perSecond(value, point) : { value };
  return "refused" in kept ? kept : { ...moment, value: kept.value };
}
