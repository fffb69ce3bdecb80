import { z } from "zod";
import type { PayloadCondition, WebhookFilter } from "../contracts/webhooks.ts";
import { canonicalMoney, compareMoney } from "../domain/money.ts";

const Entries = z.record(z.string(), z.unknown());
const NUMBER = /^-?\d{1,100}(?:\.\d{1,100})?$/;

/** What stands at a dotted path; `undefined` where the path leads nowhere. Own properties only. */
function valueAt(data: unknown, path: string): unknown {
  let value = data;
  for (const name of path.split(".")) {
    const entries = Entries.safeParse(value);
    if (!entries.success || !Object.hasOwn(entries.data, name)) return undefined;
    value = entries.data[name];
  }
  return value;
}

/** Decimal text of a number or of text that is one. */
function numberOf(value: unknown): string | null {
  // Small and large numbers are written with an exponent, which no decimal text has.
  const text = typeof value === "number" && Number.isFinite(value) ? canonicalMoney(String(value)) : value;
  return typeof text === "string" && NUMBER.test(text) ? text : null;
}

/** -1, 0 or 1 by value; `null` where either is no number. */
function compare(left: unknown, right: unknown): -1 | 0 | 1 | null {
  const [a, b] = [numberOf(left), numberOf(right)];
  return a === null || b === null ? null : compareMoney(a, b);
}

function holds({ path, operator, value }: PayloadCondition, data: unknown): boolean {
  const found = valueAt(data, path);
  const order = () => compare(found, value);
  switch (operator) {
    case "exists":
      return (found != null) === (value !== false);
    case "eq":
      return found === value;
    case "ne":
      return found !== value;
    case "in":
      return Array.isArray(value) && typeof found === "string" && value.includes(found);
    case "lt":
      return order() === -1;
    case "lte":
      return order() === -1 || order() === 0;
    case "gt":
      return order() === 1;
    case "gte":
      return order() === 1 || order() === 0;
  }
}

/** The price that `min_price` is about: of the new floor where the floor is what happened. */
function priceOf(type: string, data: unknown): unknown {
  return valueAt(data, type === "market.floor_changed" ? "floor_change.floor.price" : "price");
}

/** What a filter is asked of: a correction goes to whom the corrected event went, or what that one had corrected before. */
function subjectsOf(type: string, data: unknown): unknown[] {
  if (type !== "market.corrected") return [data];
  const event = valueAt(data, "event");
  const before = valueAt(event, "corrected");
  return [data, event, ...(Array.isArray(before) ? before : [])];
}

/**
 * Whether an endpoint wants this message. `null` wants all. `min_price` is about market events; of others it asks
 * nothing. A value that is not there satisfies `ne` and `exists: false` only; `null` counts as not there for `exists`.
 */
export function passesFilter(filter: WebhookFilter | null, type: string, data: unknown): boolean {
  if (filter === null) return true;
  return subjectsOf(type, data).some((subject) => passes(filter, type, subject));
}

function passes({ min_price, conditions = [] }: WebhookFilter, type: string, data: unknown): boolean {
  if (min_price !== undefined && type.startsWith("market.")) {
    const order = compare(priceOf(type, data), min_price);
    if (order === null || order < 0) return false;
  }
  return conditions.every((condition) => holds(condition, data));
}
