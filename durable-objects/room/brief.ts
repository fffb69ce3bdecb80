import { z } from "zod";
import { CorrectedEvent, MAX_CORRECTED, type MarketEvent } from "../../shared/contracts/market.ts";

const { shape } = CorrectedEvent;

/** Without names, and without what is known anyhow: a room keeps one for each of its keys. */
const Entry = z.tuple([
  /** 0: the key that the brief is kept under. */
  z.union([z.literal(0), shape.event_key]),
  shape.kind,
  shape.token_id,
  shape.price,
  /** 0: the same as `price`. */
  z.union([z.literal(0), shape.total_price]),
  shape.currency,
  shape.quantity,
  shape.occurred_at,
]);
const Brief = z.array(Entry);

function entryOf(event: CorrectedEvent, event_key: string | 0): z.infer<typeof Entry> {
  const { kind, token_id, price, total_price, currency, quantity, occurred_at } = event;
  const total = total_price === price ? 0 : total_price;
  return [event_key, kind, token_id, price, total, currency, quantity, occurred_at];
}

/** What is kept of an event for the case that a later one corrects it: more than the log's day, and little of it. */
export function writeBrief(event: MarketEvent): string {
  const before = event.corrected.slice(0, MAX_CORRECTED - 1);
  const entries = [entryOf(event, 0), ...before.map((earlier) => entryOf(earlier, earlier.event_key))];
  return JSON.stringify(entries satisfies z.infer<typeof Brief>);
}

/** The event of a key, and what it had corrected before, newest first. */
export function readBrief(brief: string | null, key: string): CorrectedEvent[] {
  if (brief === null) return [];
  return Brief.parse(JSON.parse(brief)).map(
    ([event_key, kind, token_id, price, total, currency, quantity, occurred_at]) => ({
      ...{ event_key: event_key === 0 ? key : event_key, kind, token_id, price },
      ...{ total_price: total === 0 ? price : total, currency, quantity, occurred_at },
    }),
  );
}
