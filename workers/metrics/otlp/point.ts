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
function decimalOf(value: number | string): string | null {
  if (typeof value === "string" && !DECIMAL.test(value)) return null;
  const number = Number(value);
  if (!Number.isFinite(number)) return null;
  // An integer in text may be longer than a float knows.
  const plain = canonicalMoney(typeof value === "string" && /^-?\d+$/.test(value) ? value : String(number));
  const [whole = "0", digits = ""] = plain.split(".");
  return digits.length <= SCALE ? plain : canonicalMoney(`${whole}.${digits.slice(0, SCALE)}`);
}

const nanos = (value: string | number | null | undefined) => BigInt(value ?? 0);

/** A point's time and value; with `per_second`, the value by the interval that it was counted in. */
export function readPoint(point: NumberPoint, { per_second }: { per_second: boolean }): Read {
  if (((point.flags ?? 0) & NO_RECORDED_VALUE) !== 0) return null;
  const given = point.asInt ?? point.asDouble;
  if (given === undefined || given === null) return { refused: "has neither asInt nor asDouble" };
  const value = decimalOf(given);
  if (value === null) return { refused: "is not a finite number in decimals" };
  const time = nanos(point.timeUnixNano);
  const ms = Number(time / 1_000_000n);
  if (ms <= 0 || ms > LAST_INSTANT) return { refused: "has no timeUnixNano" };
  const at = isoTime(ms);
  if (!per_second) return { at, value };
  const length = time - nanos(point.startTimeUnixNano);
  if (length <= 0n || nanos(point.startTimeUnixNano) <= 0n)
    return { refused: "is a delta without an interval: startTimeUnixNano must lie before timeUnixNano" };
  return { at, value: divideMoney(multiplyMoney(value, "1000000000"), String(length)) };
}
