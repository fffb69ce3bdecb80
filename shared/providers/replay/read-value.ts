import Big from "big.js";
import { EventKind } from "../../contracts/market.ts";
import { Decimal } from "../../contracts/primitives.ts";

/** A cell that cannot be what its column should hold; the message says what is wrong with it. */
export class UnreadableValue extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UnreadableValue";
  }
}

const BLANK = /^(?:-|null|none|nil|nan|n\/a|na)?$/i;

/** What a cell says, or `null` where it says nothing: blank, `-`, `null`, `NaN`, `N/A`. */
export function readText(cell: string | undefined): string | null {
  const text = cell?.trim() ?? "";
  return BLANK.test(text) ? null : text;
}

/** An amount as exact digits: `"2E-10"` is `"0.0000000002"`. */
export function readAmount(text: string): string {
  const match = /^\+?(?:\d+\.?\d*|\.\d+)(?:e([+-]?\d{1,3}))?$/i.exec(text);
  if (match === null) throw new UnreadableValue(`"${text}" is not an amount such as 1.5`);
  const digits = new Big(text.replace(/^\+/, "")).toFixed();
  if (!Decimal.safeParse(digits).success)
    throw new UnreadableValue(`"${text}" has more than 78 digits before the point or 36 after it`);
  return digits;
}

/** Whole smallest units as an exact amount: wei with 18 decimals are ETH. */
export function readBaseUnits(text: string, decimals: number): string {
  const amount = new Big(readAmount(text));
  if (!amount.round(0, Big.roundDown).eq(amount))
    throw new UnreadableValue(`"${text}" is not a whole number of smallest units`);
  return new Big(`${amount.toFixed()}e-${decimals}`).toFixed();
}

/** As spreadsheets, JSON and databases write large numbers: `1.04E+76`, `1e+21`, `5E76`. A hexadecimal id has more before its e. */
const SCIENTIFIC = /^\d(?:\.\d+e[+-]?|e\+?)\d{1,3}$/i;
/** Digits up to which a whole number that was stored as a float is still the one that was meant. */
const EXACT_DIGITS = 15;

/**
 * A token's id as text. One that went through a float has lost digits, and would make one token of several; a small one
 * that only got a `.0` is taken as what it was.
 */
export function readTokenId(text: string): string {
  if (SCIENTIFIC.test(text))
    throw new UnreadableValue(
      `"${text}" is a rounded token id, which stands for many tokens: export the column as text, with all its digits`,
    );
  const [, digits] = /^(\d+)\.0+$/.exec(text) ?? [];
  if (digits === undefined) return text;
  if (digits.length <= EXACT_DIGITS) return digits;
  throw new UnreadableValue(`"${text}" is no token id: export the column as text, with all its digits`);
}

/** How many digits a currency has after the point. */
export function readDecimals(text: string): number {
  if (!/^\d{1,2}$/.test(text) || Number(text) > MOST_DECIMALS)
    throw new UnreadableValue(`"${text}" is not a number of digits, 0 to ${MOST_DECIMALS}`);
  return Number(text);
}
const MOST_DECIMALS = 36;

const MOST_PLACE = 2 ** 31 - 1;

/** A block's number or a log index; `null` where the cell holds something else under that name. */
export function readPlace(text: string): number | null {
  const place = /^\d{1,10}$/.test(text) ? Number(text) : null;
  return place === null || place > MOST_PLACE ? null : place;
}

const TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ]+(\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(z|utc|gmt|[+-]\d{2}(?::?\d{2})?)?)?$/i;
/** Digits of a count since 1970 → how many of them make a millisecond's worth. */
const EPOCH_UNITS: Record<number, number> = { 9: 0.001, 10: 0.001, 12: 1, 13: 1, 15: 1_000, 16: 1_000 };

/**
 * An instant as ISO 8601 in UTC. Takes ISO times, `2021-03-11 19:52:10 UTC`, and counts of seconds, milli-
 * or microseconds since 1970. What has no zone is UTC; what has no time of day is midnight.
 */
export function readTime(text: string): string {
  const seconds = /^(\d+)(?:\.\d+)?$/.exec(text);
  const unit = seconds === null ? undefined : EPOCH_UNITS[seconds[1]?.length ?? 0];
  if (unit !== undefined) return new Date(Math.round(Number(text) / unit)).toISOString();
  const [, day, clock = "00:00", zone = "Z"] = TIME.exec(text) ?? [];
  const offset = /^[+-]/.test(zone)
    ? zone.replace(/^(.\d\d):?(\d\d)?$/, (_, hour, minute) => `${hour}:${minute ?? "00"}`)
    : "Z";
  const at = Date.parse(`${day}T${clock}${offset}`);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  // A month rolls over in JavaScript (30 February is 2 March); a history should not.
  if (Number.isNaN(at) || new Date(midnight).toISOString().slice(0, 10) !== day)
    throw new UnreadableValue(`"${text}" is not a time such as 2021-03-11T19:52:10Z`);
  return new Date(at).toISOString();
}

const KINDS: Record<string, EventKind> = {
  sold: "sale",
  item_sold: "sale",
  list: "listing",
  listed: "listing",
  item_listed: "listing",
  offer: "bid",
  offer_entered: "bid",
  item_received_bid: "bid",
  collection_offer: "bid",
  mint: "transfer",
  item_transferred: "transfer",
  cancelled: "cancel",
  canceled: "cancel",
  item_cancelled: "cancel",
  item_metadata_updated: "metadata",
};

export function readKind(text: string): EventKind {
  const name = text.toLowerCase().replace(/[^a-z]+/g, "_");
  const kind = EventKind.safeParse(Object.hasOwn(KINDS, name) ? KINDS[name] : name);
  if (kind.success) return kind.data;
  throw new UnreadableValue(`"${text}" is none of ${EventKind.options.join(", ")}`);
}

/** A wallet; in a sale the zero address is nobody, in a transfer it is a mint or a burn. */
export function readWallet(text: string, kind: EventKind): string | null {
  return kind !== "transfer" && /^0x0+$/i.test(text) ? null : text;
}
