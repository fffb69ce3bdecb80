import { MarketEventInput } from "../../contracts/market.ts";
import type { FieldError } from "../../platform/errors.ts";
import { fieldErrors } from "../../platform/zod-errors.ts";
import type { ReplayMapping, RowField } from "./mapping.ts";
import {
  readAmount,
  readBaseUnits,
  readDecimals,
  readKind,
  readPlace,
  readText,
  readTime,
  readTokenId,
  readWallet,
  UnreadableValue,
} from "./read-value.ts";

/** `occurred_at` of a row that is refused is `null` where that is what cannot be read. */
export type MappedRow = { event: MarketEventInput } | { errors: FieldError[]; occurred_at: string | null };

/** The cells that no field is mapped to, kept with the event so that nothing of the file is lost. */
function restOf(values: Record<string, string>, mapping: ReplayMapping): Record<string, string> | undefined {
  const mapped = new Set(Object.values(mapping.columns));
  const rest = Object.entries(values).filter(([column, cell]) => !mapped.has(column) && cell !== "");
  return rest.length === 0 ? undefined : Object.fromEntries(rest);
}

/**
 * One row as a market event under `event_key`, or everything that is wrong with it, by column. Unknown stays
 * unknown: a blank or zero price is `null`, and nobody is named where the history names nobody.
 */
export function mapRow(values: Record<string, string>, mapping: ReplayMapping, event_key: string): MappedRow {
  const { columns } = mapping;
  const errors: FieldError[] = [];
  const read = <Value>(field: RowField, convert: (text: string) => Value): Value | null => {
    const column = columns[field];
    const text = column === undefined ? null : readText(values[column]);
    if (column === undefined || text === null) return null;
    try {
      return convert(text);
    } catch (error) {
      if (!(error instanceof UnreadableValue)) throw error;
      errors.push({ pointer: `/${column}`, message: error.message });
      return null;
    }
  };
  const asText = (text: string) => text;

  const decimals = read("price_decimals", readDecimals) ?? mapping.decimals;
  const amount = read("price_wei", (text) => readBaseUnits(text, decimals)) ?? read("price", readAmount);
  const price = amount !== null && /^[0.]+$/.test(amount) ? null : amount;
  const stated = read("kind", readKind) ?? mapping.kind;
  const kind = price === null ? (mapping.kind_without_price ?? stated) : stated;
  const currency = read("currency", asText) ?? mapping.currency;
  const occurred_at = read("occurred_at", readTime);
  if (occurred_at === null && errors.length === 0)
    errors.push({
      pointer: `/${columns.occurred_at ?? ""}`,
      message: "is blank: every event needs its time",
    });
  const candidate = {
    event_key,
    kind,
    collection: mapping.collection,
    token_id: read("token_id", readTokenId),
    price,
    price_basis: mapping.price_basis,
    currency: price === null ? null : currency,
    price_usd: read("price_usd", readAmount),
    quantity: read("quantity", readAmount) ?? "1",
    from: read("from", (text) => readWallet(text, kind)),
    to: read("to", (text) => readWallet(text, kind)),
    tx_hash: read("tx_hash", asText),
    block_number: read("block", readPlace),
    log_index: read("log_index", readPlace),
    order_id: read("order_id", asText),
    marketplace: read("marketplace", asText) ?? mapping.marketplace,
    source: mapping.source,
    occurred_at,
    expires_at: read("expires_at", readTime),
    raw: restOf(values, mapping),
  };
  if (errors.length > 0) return { errors, occurred_at };
  const parsed = MarketEventInput.safeParse(candidate);
  return parsed.success ? { event: parsed.data } : { errors: fieldErrors(parsed.error), occurred_at };
}
