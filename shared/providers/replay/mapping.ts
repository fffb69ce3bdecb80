import { z } from "zod";
import { EventKind, Source } from "../../contracts/market.ts";
import { Currency, Slug } from "../../contracts/primitives.ts";

/**
 * What a column can hold. `price_wei` is a whole number of the currency's smallest unit and beats `price`; `price_decimals`
 * says how many digits that unit lies behind the point, where it differs from row to row.
 */
export const RowField = z.enum([
  "occurred_at",
  "kind",
  "token_id",
  "price",
  "price_wei",
  "price_decimals",
  "price_usd",
  "currency",
  "quantity",
  "from",
  "to",
  "tx_hash",
  "log_index",
  "block",
  "order_id",
  "marketplace",
  "expires_at",
  "event_key",
]);
export type RowField = z.infer<typeof RowField>;

/** How the rows of a history become market events. */
export const ReplayMapping = z
  .object({
    collection: Slug,
    columns: z.partialRecord(RowField, z.string().min(1)),
    /** Columns that tell one row from every other; without them a transaction and its token, or all there is. */
    key: z.array(z.string().min(1)).min(1).optional(),
    /** Kind of the rows, where no column says. */
    kind: EventKind.default("sale"),
    /** Kind of the rows whose price is blank or zero; `null` leaves them what they are, with an unknown price. */
    kind_without_price: EventKind.nullable().default(null),
    currency: Currency.default("ETH"),
    /** Digits that `price_wei` has after the point. */
    decimals: z.number().int().min(0).max(36).default(18),
    price_basis: z.enum(["item", "total"]).default("item"),
    marketplace: z.string().min(1).max(64).nullable().default(null),
    source: Source.default("replay"),
  })
  .refine((mapping) => mapping.columns.occurred_at !== undefined, {
    path: ["columns", "occurred_at"],
    message: "names no column: every event needs its time",
  });
export type ReplayMapping = z.output<typeof ReplayMapping>;
