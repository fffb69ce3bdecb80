import { z } from "zod";

/** A collection's name in addresses: lower-case letters, digits and single hyphens. */
export const Slug = z
  .string()
  .max(100)
  .regex(
    /^[a-z0-9]+(?:[-_][a-z0-9]+)*$/,
    'must be lower-case letters, digits, "-" or "_", such as "cryptopunks"',
  );

/** A decimal number in text, never a float: up to 78 digits before and 36 after the point. */
export const Decimal = z
  .string()
  .regex(/^\d{1,78}(?:\.\d{1,36})?$/, 'must be a decimal string such as "1.5"');

/** A whole number in text, up to 78 digits (an unsigned 256-bit integer fits), published without leading zeros. */
export const IntegerText = z
  .string()
  .regex(/^\d{1,78}$/, 'must be a whole number in text, such as "1"')
  .transform((digits) => digits.replace(/^0+(?=\d)/, ""));

/** Text that is the same everywhere: no NUL, which Postgres cannot hold, and no half of a surrogate pair. */
export function storableText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "must not hold NUL or broken Unicode");
}

/** An instant in ISO 8601; an offset is accepted, UTC is published. */
export const Instant = z.iso
  .datetime({
    offset: true,
    error: "must be an ISO 8601 time with a zone, such as 2026-01-31T12:00:00Z",
  })
  .transform((text) => new Date(text).toISOString())
  // ISO 8601 knows a year 0 and offsets that lead beyond 9999; Postgres does not, and would refuse the whole flush.
  .refine((iso) => /^\d{4}-/.test(iso) && !iso.startsWith("0000"), "must lie in the years 1 to 9999");

/** Currency symbol of a trade, upper-cased: ETH, WETH, USDC. */
export const Currency = storableText(16)
  .trim()
  .transform((text) => text.toUpperCase());

/** Wallet addresses are compared without case; names that are not hex stay as they are. */
export const Address = storableText(128)
  .trim()
  .transform((text) => (/^0x[0-9a-fA-F]+$/.test(text) ? text.toLowerCase() : text));

/** Any JSON. Its type is named, since the OpenAPI document follows what is not named without end. */
export const JsonValue = z
  .json()
  .meta({ type: ["string", "number", "boolean", "null", "array", "object"], description: "Any JSON" });
