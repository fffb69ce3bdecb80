import { z } from "zod";
import {
  Address,
  Currency,
  Decimal,
  Instant,
  IntegerText,
  lineText,
  Slug,
  storableText,
} from "./primitives.ts";

export const EventKind = z.enum(["sale", "listing", "bid", "transfer", "cancel", "metadata"]);
export type EventKind = z.infer<typeof EventKind>;

/** Who says so: a provider's name. `push` is one's own indexer. */
export const Source = z
  .string()
  .max(40)
  .regex(/^[a-z0-9][a-z0-9_-]*$/, 'must be a short lower-case name such as "push"');

/** Events of this source, and of no other, are invented by the simulated market. */
export const SIMULATED_SOURCE = "simulated";

/** Who says what XSEMA found itself: nobody else may say it in their name. */
export const RESERVED_SOURCES: readonly string[] = [SIMULATED_SOURCE, "opensea", "room"];

/** `4.37931E+76` is what a spreadsheet or a float makes of a longer number: several tokens become one. */
const ROUNDED = /^[+-]?\d+(?:\.\d*)?e[+-]?\d+$/i;

/** A token's number in text, or whatever names it where tokens have no numbers. */
const TokenId = storableText(128).refine(
  (text) => !ROUNDED.test(text),
  "must have all its digits: in scientific notation several tokens become one",
);

function holdsBigInt(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value === "bigint";
  return Object.values(value).some(holdsBigInt);
}

export const MAX_RAW_BYTES = 32_768;
/** Deeper than any provider's payload, and far from where reading or writing JSON runs out of stack. */
export const MAX_RAW_DEPTH = 64;

function isDeeperThan(limit: number, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return limit === 0 || Object.values(value).some((entry) => isDeeperThan(limit - 1, entry));
}

/** As many as the database can order by; a block has some thousands. */
const MAX_LOG_INDEX = 2 ** 31 - 1;

/** A recorded price of zero means "not known" at every provider we know of, never "free". */
const Price = Decimal.transform((text) => (/^[0.]+$/.test(text) ? null : text));

/**
 * A market event as a provider or one's own indexer hands it in.
 * `price` is per item, or of the whole lot where `price_basis` says `total`.
 */
export const MarketEventInput = z
  .object({
    event_key: storableText(200),
    kind: EventKind,
    collection: Slug,
    token_id: TokenId.nullish(),
    price: Price.nullish(),
    price_basis: z.enum(["item", "total"]).default("item"),
    currency: Currency.nullish(),
    price_usd: Price.nullish(),
    /** Of a listing whose price moves: what it is at `expires_at`, in the basis of `price`, which it is at `starts_at`. */
    end_price: Price.nullish(),
    /** When a listing can first be filled, and its price begins to move; `occurred_at` where it does not say. */
    starts_at: Instant.nullish(),
    quantity: z
      .union([IntegerText, z.number().int().positive().max(Number.MAX_SAFE_INTEGER).transform(String)])
      .refine((text) => !/^0+$/.test(text), "must be at least 1")
      .default("1"),
    from: Address.nullish(),
    to: Address.nullish(),
    tx_hash: storableText(128).nullish(),
    /** Where on the chain it happened: they order what happened within one instant. */
    block_number: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER).nullish(),
    log_index: z.number().int().nonnegative().max(MAX_LOG_INDEX).nullish(),
    order_id: storableText(128).nullish(),
    marketplace: lineText(64).nullish(),
    source: Source.default("push"),
    /** `event_key` of an earlier event that this one replaces; a `cancel` with it takes that event back. */
    corrects: storableText(200).nullish(),
    occurred_at: Instant,
    expires_at: Instant.nullish(),
    /** What the provider sent, kept for inquiries and never sent on. */
    raw: z.unknown().optional(),
  })
  .refine((event) => event.price == null || event.currency != null, {
    path: ["currency"],
    message: "is required with a price: an amount without its currency means nothing",
  })
  .refine((event) => event.end_price == null || (event.price != null && event.expires_at != null), {
    path: ["end_price"],
    message: "needs price and expires_at: a price moves from the one to the other until then",
  })
  .refine(
    (event) =>
      event.expires_at == null ||
      (event.starts_at ?? event.occurred_at) < event.expires_at ||
      (event.end_price == null && event.starts_at == null),
    { path: ["starts_at"], message: "must be before expires_at" },
  )
  .refine((event) => !isDeeperThan(MAX_RAW_DEPTH, event.raw), {
    path: ["raw"],
    message: `must be nested at most ${MAX_RAW_DEPTH} deep`,
    abort: true,
  })
  .refine((event) => !holdsBigInt(event.raw), {
    path: ["raw"],
    message: "must not hold whole numbers beyond 9007199254740991; send them as text",
    abort: true,
  })
  .refine((event) => event.raw === undefined || JSON.stringify(event.raw).length <= MAX_RAW_BYTES, {
    path: ["raw"],
    message: `must be at most ${MAX_RAW_BYTES} characters of JSON`,
  });
export type MarketEventInput = z.output<typeof MarketEventInput>;

/** Why the lowest open listing of a collection is another one than before. */
export const FloorCause = z.enum([
  "new_listing",
  "reprice",
  "sale",
  "cancel",
  "transfer",
  "expiry",
  "correction",
  "price_over_time",
]);
export type FloorCause = z.infer<typeof FloorCause>;

/** The lowest open listing. Absent (`null`) where no open listing is known, never zero. */
export const Floor = z
  .object({
    price: z.string(),
    currency: z.string(),
    basis: z.literal("item"),
    token_id: z.string().nullable(),
    order_id: z.string(),
    marketplace: z.string().nullable(),
    source: z.string(),
    /** When the listing was made. */
    listed_at: z.string(),
    /** Present where the price moves by itself: `price` is then that of the moment when it was told. */
    schedule: z
      .object({ start_price: z.string(), end_price: z.string(), starts_at: z.string(), ends_at: z.string() })
      .optional(),
  })
  .meta({ id: "Floor" });
export type Floor = z.infer<typeof Floor>;

export const FloorChange = z
  .object({
    cause: FloorCause,
    at: z.string(),
    floor: Floor.nullable(),
    previous: Floor.nullable(),
  })
  .meta({ id: "FloorChange" });
export type FloorChange = z.infer<typeof FloorChange>;

/** The most of `corrected` that an event carries: whoever sees so many cannot know of any before. */
export const MAX_CORRECTED = 8;

/** What is told again of an event that a later one takes back or replaces; the whole event was sent when it came. */
export const CorrectedEvent = z
  .object({
    event_key: z.string(),
    kind: EventKind,
    token_id: z.string().nullable(),
    price: z.string().nullable(),
    total_price: z.string().nullable(),
    currency: z.string().nullable(),
    quantity: z.string(),
    occurred_at: z.string(),
  })
  .meta({ id: "CorrectedEvent" });
export type CorrectedEvent = z.infer<typeof CorrectedEvent>;

/** A market event once a room has taken it: numbered, durable, and the same for every reader. */
export const MarketEvent = z
  .object({
    event_key: z.string(),
    kind: EventKind,
    collection: z.string(),
    epoch: z.string(),
    seq: z.number().int().positive(),
    token_id: z.string().nullable(),
    /** Per item, in `currency`; `null` where it is not known. */
    price: z.string().nullable(),
    price_basis: z.literal("item"),
    /** Of the whole lot, exact. */
    total_price: z.string().nullable(),
    currency: z.string().nullable(),
    /** Per item, in US dollars at the time of the event, as its source gave it. */
    price_usd: z.string().nullable(),
    /** Of a listing whose price moves: per item, what it comes to at `expires_at`. */
    end_price: z.string().nullable().default(null),
    /** When a listing can first be filled; `null`: at once. */
    starts_at: z.string().nullable().default(null),
    quantity: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
    tx_hash: z.string().nullable(),
    block_number: z.number().int().nullable().default(null),
    log_index: z.number().int().nullable().default(null),
    order_id: z.string().nullable(),
    marketplace: z.string().nullable(),
    source: z.string(),
    simulated: z.boolean(),
    corrects: z.string().nullable(),
    /**
     * The event that `corrects` names, and behind it what that one had corrected itself, newest first. Empty where nothing
     * is corrected, and where the room does not know the event: it is older than 30 days, or has not come yet.
     */
    corrected: z.array(CorrectedEvent).max(MAX_CORRECTED).default([]),
    occurred_at: z.string(),
    expires_at: z.string().nullable(),
    received_at: z.string(),
    /** Present where this event moved the collection's floor. */
    floor_change: FloorChange.nullable(),
  })
  .meta({ id: "MarketEvent" });
export type MarketEvent = z.infer<typeof MarketEvent>;
