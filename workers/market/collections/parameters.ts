import { z } from "@hono/zod-openapi";
import { Address, Decimal, Slug } from "../../../shared/contracts/primitives.ts";
import { INTERVALS, type Interval } from "../../../shared/domain/candles.ts";
import { RANGE_MS } from "../../../shared/domain/span.ts";
import { COLLECTION_SORTS } from "../../../shared/market/read-collections.ts";
import { Cursor, limit, NUL, ONCE, oneOf, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";
import { KindParameters } from "../kinds.ts";

const Order = oneOf(["asc", "desc"]);

const Instant = text(64).openapi({
  description: "A time with a zone, such as `2026-01-31T12:00:00Z`, or a date, such as `2026-01-31`",
});
const TimeZone = text(64).optional().openapi({ description: "IANA zone of bare dates; UTC by default" });
const Bounds = {
  from: Instant.optional(),
  to: Instant.optional(),
  time_zone: TimeZone,
};

export const CollectionParams = z.object({
  slug: Slug.meta({ description: "The collection, by its slug" }),
});
export const TokenParams = CollectionParams.extend({
  token_id: text(128).openapi({ example: "3100", description: "The token's number" }),
});

export const ListQuery = query({
  search: text(100).optional().openapi({ description: "Part of the name or slug, or a contract address" }),
  sort: oneOf(COLLECTION_SORTS).default("volume").openapi({ description: "What the list is sorted by" }),
  order: Order.optional().openapi({ description: "`asc` by default for `name`, else `desc`" }),
  limit: limit(100, 50),
  cursor: Cursor,
});

export const EventsQuery = query({
  ...KindParameters,
  token_id: text(128).optional().openapi({ description: "Only events of this token" }),
  address: Address.refine((value) => !value.includes(NUL), "must not contain a NUL character")
    .optional()
    .openapi({ description: "Either side of the event" }),
  min_price: Decimal.optional().openapi({
    description:
      "Lowest price per item, in the event's own currency; events without a known price do not pass",
  }),
  ...Bounds,
  order: Order.optional().openapi({ description: "By time; `desc` by default" }),
  after_seq: z
    .string({ error: ONCE })
    .regex(/^\d{1,15}$/, "must be a whole number, such as 0")
    .transform(Number)
    .optional()
    .openapi({ type: "integer", description: "Events after this number, in the order of the numbers" }),
  epoch: text(64)
    .optional()
    .openapi({ description: "The epoch that `after_seq` counts in; the current one by default" }),
  limit: limit(500, 100),
  cursor: Cursor,
});

const ranges = Object.keys(RANGE_MS);
export const StatsQuery = query({
  range: text(16)
    .optional()
    .openapi({ enum: ranges, description: "A window that ends now: 24 hours, 7, 30, 90 or 365 days" }),
  time_range: text(16).optional().openapi({ enum: ranges, description: "Another name of `range`" }),
  ...Bounds,
});

const IntervalName = z.enum(Object.keys(INTERVALS) as [Interval, ...Interval[]], {
  error: `must be one of ${Object.keys(INTERVALS).join(", ")}`,
});
export const CandlesQuery = query({
  interval: IntervalName.default("1h").openapi({ description: "How long a candle is" }),
  ...Bounds,
  fill: z.enum(["previous"], { error: 'must be "previous", or left out' }).optional().openapi({
    description: "`previous` carries the price on through stretches without a sale",
  }),
  limit: limit(2000, 1000),
  cursor: Cursor,
});

export const NftQuery = query({
  order: Order.default("desc").openapi({ description: "Of the history, by time" }),
  limit: limit(500, 50),
  cursor: Cursor,
});
