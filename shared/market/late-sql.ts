import { type SQL, sql } from "drizzle-orm";
import { NOT_CORRECTED } from "./event-row.ts";

const COUNTS: SQL = sql.raw(`not exists (select from event_corrections k
  where k.collection_id = x.collection_id and k.event_key_hash = x.event_key_hash)`);

/** What ended a listing `e` by its token: it left the maker, or was listed anew, or the order was cancelled. */
const ENDED_BY_TOKEN: SQL = sql`
  select x.occurred_at from market_events x
  where x.collection_id = e.collection_id and x.token_id = e.token_id and x.occurred_at >= e.occurred_at and ${COUNTS}
    and case x.kind
      when 'listing' then x.occurred_at > e.occurred_at and x.order_id is null and e.order_id is null
        and x.from_address = e.from_address and x.marketplace is not distinct from e.marketplace and x.quantity = 1 and e.quantity = 1
      when 'cancel' then x.corrects is null and case when x.order_id is null
        then (x.from_address is null or x.from_address = e.from_address)
          and (x.marketplace is null or x.marketplace = e.marketplace)
        else x.order_id = coalesce(e.order_id, e.event_key) end
      -- By the token alone nobody can tell what a sale leaves of a lot.
      when 'sale' then e.quantity = 1 and (x.from_address is null or e.from_address is null or x.from_address = e.from_address)
      when 'transfer' then e.quantity = 1 and (x.from_address is null or e.from_address is null or x.from_address = e.from_address)
      else false end`;

/** What ended it without naming its token: a raised counter, or a cancel of the order alone. */
const ENDED_BY_MAKER: SQL = sql`
  select x.occurred_at from market_events x
  where x.collection_id = e.collection_id and x.from_address = e.from_address and x.kind = 'cancel' and x.token_id is null
    and x.occurred_at >= e.occurred_at and x.corrects is null and ${COUNTS}
    and (x.marketplace is null or x.marketplace = e.marketplace)
    and (x.order_id is null or x.order_id = coalesce(e.order_id, e.event_key))`;

/** The sale by which all of a lot was sold. */
const SOLD_OUT: SQL = sql`
  select s.occurred_at from (
    select x.occurred_at, sum(x.quantity) over (order by x.occurred_at, x.seq) as sold from market_events x
    where x.collection_id = e.collection_id and x.token_id = e.token_id and x.occurred_at >= e.occurred_at and ${COUNTS}
      and x.kind = 'sale' and x.order_id = coalesce(e.order_id, e.event_key)) s
  where e.quantity > 1 and s.sold >= e.quantity`;

/** When something else ended the listing `e`. */
const ENDED_AT: SQL = sql`(select min(ended.occurred_at) from (
  ${ENDED_BY_TOKEN} union all ${ENDED_BY_MAKER} union all ${SOLD_OUT}) ended)`;

/**
 * Listings of a collection that were told late and stood within [`from`, `to`): `at`, `until`, `price`, `unit`, `epoch`, `seq`
 * and the event's `token_id`, `order_id`, `marketplace`, `source`, `currency`. `among`: other rows than all of `late_listings`.
 */
export const lateListings = (
  collection_id: SQL,
  { from, to }: { from: SQL; to: SQL },
  among: SQL = sql`late_listings`,
): SQL => sql`
  select l.at, least(l.until, ${ENDED_AT}) as until, l.price, l.unit, e.epoch, e.seq, e.token_id,
    coalesce(e.order_id, e.event_key) as order_id, e.marketplace, e.source, e.currency
  from ${among} l
  -- One look into the index for each: how many stood at a time is hard to guess.
  cross join lateral (select * from market_events m
    where m.collection_id = l.collection_id and m.epoch = l.epoch and m.seq = l.seq offset 0) e
  where l.collection_id = ${collection_id} and l.until > ${from} and l.at < ${to} and ${NOT_CORRECTED}`;
