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

/**
 * Text that is the same everywhere: no NUL, which Postgres cannot hold, and no half of a surrogate pair. It is kept as it
 * is, since it may be what something is known by; of blanks alone it cannot be.
 */
export function storableText(max: number) {
  return z
    .string()
    .min(1)
    .max(max)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "must not hold NUL or broken Unicode")
    .refine((text) => text.trim() !== "", "must not be blank");
}

/** Controls, line and paragraph separators, and every mark that turns the direction of the text around it. */
const NOT_ONE_LINE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** Blanks, and implicit marks of direction, which phones put around what is pasted. */
const AROUND = /^[\s\u061C\u200E\u200F]+|[\s\u061C\u200E\u200F]+$/gu;

/** Whether a text stays one line wherever it is shown, and shows as what it is. */
export function isOneLine(text: string): boolean {
  return text.isWellFormed() && !NOT_ONE_LINE.test(text);
}

/** Text of several lines that a person wrote, of at most `max` characters; blanks around it do not count. */
export function freeText(max: number) {
  return z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(max, `must be at most ${max} characters long`)
    .refine((text) => text.isWellFormed() && !text.includes("\0"), "must not hold NUL or broken Unicode");
}

/**
 * The one rule for every text that is one line: names, titles, subjects. It takes at most `max` characters, without
 * the blanks and marks of direction around it, and none inside that could break the line or make it read as another one than it is.
 */
export function lineText(max: number) {
  return z
    .string()
    .overwrite((text) => text.replace(AROUND, ""))
    .min(1, "must not be empty")
    .max(max, `must be at most ${max} characters long`)
    .refine((text) => text.isWellFormed(), "must not hold broken Unicode")
    .refine(
      (text) => !NOT_ONE_LINE.test(text),
      "must be one line: no control characters, line separators or marks that turn the direction of text",
    );
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
export const Currency = lineText(16).transform((text) => text.toUpperCase());

/** Wallet addresses are compared without case; names that are not hex stay as they are. */
export const Address = lineText(128).transform((text) =>
  /^0x[0-9a-fA-F]+$/.test(text) ? text.toLowerCase() : text,
);

/** Any JSON. Its type is named, since the OpenAPI document follows what is not named without end. */
export const JsonValue = z.json().meta({
  type: ["string", "number", "boolean", "null", "array", "object"],
  items: {},
  description: "Any JSON",
});

/** A time of day, to the minute. */
export const ClockTime = z
  .string()
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 22:00")
  .meta({ example: "22:00" });

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }) !== null;
  } catch {
    return false;
  }
}

/** A zone by its IANA name. */
export const TimeZone = z
  .string()
  .max(64)
  .refine(isTimeZone, "must be an IANA time zone such as Europe/Vienna")
  .meta({ example: "Europe/Vienna" });

/**
 * `schema.nullable()` for a schema that has a name in the OpenAPI document: there it would become `allOf` of it and of null,
 * which nothing can be.
 */
export function orNull<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, z.null()]);
}
