import { type SQL, sql } from "drizzle-orm";
import type { EventKind } from "../contracts/market.ts";

export interface EventFilter {
  kinds?: EventKind[] | undefined;
  token_id?: string | undefined;
  /** Either side of the event. */
  address?: string | undefined;
  /** Lowest price per item in the event's own currency; events without a known price do not pass. */
  min_price?: string | undefined;
  /** Milliseconds since 1970; half-open. */
  from?: number | undefined;
  to?: number | undefined;
}

/**
 * The events of a collection that pass, as `e`. Those of one wallet are found first and sorted then: left
 * alone, Postgres walks through all events in the order that is asked for.
 */
export function eventsPassing(slug: string, filter: EventFilter): SQL {
  const where = sql`e.collection_id = (select id from collections where slug = ${slug}) and ${passes(filter)}`;
  return filter.address === undefined
    ? sql`market_events e where ${where}`
    : sql`(select * from market_events e where ${where} offset 0) e where true`;
}

/** What `market_events e` must be for an event to pass. */
function passes({ kinds, token_id, address, min_price, from, to }: EventFilter): SQL {
  const [kind, ...others] = kinds ?? [];
  const conditions = [
    // One kind as an equality, so that the index over the sales serves it.
    kind !== undefined && others.length === 0 && sql`e.kind = ${kind}`,
    others.length > 0 && sql`e.kind = any(${sql.param([kind, ...others])}::text[])`,
    token_id !== undefined && sql`e.token_id = ${token_id}`,
    address !== undefined && sql`(e.from_address = ${address} or e.to_address = ${address})`,
    min_price !== undefined && sql`e.price >= ${min_price}::numeric`,
    from !== undefined && sql`e.occurred_at >= ${new Date(from).toISOString()}::timestamptz`,
    to !== undefined && sql`e.occurred_at < ${new Date(to).toISOString()}::timestamptz`,
  ].filter((condition) => condition !== false);
  return conditions.length === 0 ? sql`true` : sql.join(conditions, sql` and `);
}
