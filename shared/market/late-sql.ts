import { type SQL, sql } from "drizzle-orm";
import { NOT_CORRECTED } from "./event-row.ts";

/** When something else ended the listing `e`: its token left the maker, or was listed anew, or the order was cancelled. */
const ENDED_AT: SQL = sql.raw(`(
  select min(x.occurred_at) from market_events x
  where x.collection_id = e.collection_id and x.token_id = e.token_id and x.occurred_at >= e.occurred_at
    and not exists (select from event_corrections k
      where k.collection_id = x.collection_id and k.event_key_hash = x.event_key_hash)
    and case x.kind
      when 'listing' then x.occurred_at > e.occurred_at and x.order_id is null and e.order_id is null
        and x.from_address = e.from_address and x.marketplace is not distinct from e.marketplace and x.quantity = 1 and e.quantity = 1
      when 'cancel' then case when x.order_id is null
        then x.from_address is null or x.from_address = e.from_address else x.order_id = e.order_id end
      when 'sale' then x.from_address is null or e.from_address is null or x.from_address = e.from_address
      when 'transfer' then x.from_address is null or e.from_address is null or x.from_address = e.from_address
      else false end)`);

/**
 * Listings of a collection that were told late and stood within [`from`, `to`): `at`, `until`, `price`, `unit` and the event's
 * `token_id`, `order_id`, `marketplace`, `source`, `currency`.
 */
export const lateListings = (collection_id: SQL, { from, to }: { from: SQL; to: SQL }): SQL => sql`
  select l.at, least(l.until, ${ENDED_AT}) as until, l.price, l.unit, e.token_id,
    coalesce(e.order_id, e.event_key) as order_id, e.marketplace, e.source, e.currency
  from late_listings l join market_events e using (collection_id, epoch, seq)
  where l.collection_id = ${collection_id} and l.until > ${from} and l.at < ${to} and ${NOT_CORRECTED}`;
