import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { NftDetail } from "../contracts/collections.ts";
import { SIMULATED_SOURCE } from "../contracts/market.ts";
import type { Db } from "../db/client.ts";
import { TimeColumn } from "../db/instant.ts";
import { isoTime } from "../platform/clock.ts";
import { EVENT_COLUMNS, NOT_CORRECTED, toEvents } from "./event-row.ts";
import { collectionNotFound, tokenNotFound } from "./not-found.ts";
import { eventsByTime, type TimedQuery } from "./read-events-by-time.ts";

const HeadRow = z.object({
  updated_at: TimeColumn.nullable(),
  simulated: z.boolean(),
  /** Whether any event names the token. */
  known: z.boolean(),
  /** Whether several of the token changed hands at once: then many may hold it. */
  plural: z.boolean(),
});

const HolderRow = z.object({
  address: z.string().nullable(),
  since: TimeColumn,
  by: z.enum(["sale", "transfer"]),
  source: z.string(),
});

/**
 * Events of a token that count, as `e`. They are found first and sorted then: without statistics of the
 * table, Postgres takes the index over the kinds instead.
 */
function ofToken(slug: string, tokenId: string): SQL {
  return sql`
    from (
      select * from market_events e
      where e.collection_id = (select id from collections where slug = ${slug}) and e.token_id = ${tokenId}
      offset 0
    ) e
    where ${NOT_CORRECTED}`;
}

function selectHead(slug: string, tokenId: string): SQL {
  return sql`
    select s.updated_at, t.known, t.plural, t.simulated
    from collections c left join collection_state s on s.collection_id = c.id
    cross join lateral (
      select count(*) > 0 as known, coalesce(bool_or(e.quantity > 1), false) as plural,
        coalesce(bool_or(e.source = ${SIMULATED_SOURCE}), false) as simulated
      from market_events e where e.collection_id = c.id and e.token_id = ${tokenId}
    ) t
    where c.slug = ${slug}`;
}

function selectLastSale(slug: string, tokenId: string): SQL {
  return sql`
    select ${EVENT_COLUMNS} ${ofToken(slug, tokenId)} and e.kind = 'sale'
    order by e.occurred_at desc, e.seq desc, e.epoch desc limit 1`;
}

/** Event `x` of the collection of `e`, later than it, that was not taken back and takes nothing back itself. */
const LATER = sql.raw(`x.collection_id = e.collection_id and (x.occurred_at, x.seq) > (e.occurred_at, e.seq)
  and not exists (select from event_corrections k
    where k.collection_id = x.collection_id and k.event_key_hash = x.event_key_hash)
  and not (x.kind = 'cancel' and x.corrects is not null)`);

/**
 * The lowest listing that still stands: no later event cancelled or changed its order or filled all of it, its lister
 * did not part with a single item after it, and, where it names no order, did not list it again on the same marketplace.
 */
function selectListing(slug: string, tokenId: string, now: number): SQL {
  return sql`
    select ${EVENT_COLUMNS} ${ofToken(slug, tokenId)} and e.kind = 'listing' and e.price is not null
      and (e.expires_at is null or e.expires_at > ${isoTime(now)}::timestamptz)
      and not exists (
        select from market_events x
        where x.token_id = e.token_id and ${LATER}
          and case x.kind
            when 'cancel' then case when x.order_id is null
              then (x.from_address is null or x.from_address = e.from_address)
                and (x.marketplace is null or x.marketplace = e.marketplace)
              else x.order_id = coalesce(e.order_id, e.event_key) end
            when 'listing' then x.order_id = e.order_id
              or (x.order_id is null and e.order_id is null and x.from_address = e.from_address
                and x.quantity = 1 and e.quantity = 1 and x.marketplace is not distinct from e.marketplace)
            when 'sale' then e.quantity = 1
              and (x.from_address is null or e.from_address is null or x.from_address = e.from_address)
            when 'transfer' then e.quantity = 1
              and (x.from_address is null or e.from_address is null or x.from_address = e.from_address)
            else false end)
      and not exists (
        -- A raised counter: all of the maker's orders.
        select from market_events x
        where x.from_address = e.from_address and ${LATER}
          and x.kind = 'cancel' and x.token_id is null and x.order_id is null
          and (x.marketplace is null or x.marketplace = e.marketplace))
      and e.quantity > coalesce((
        select sum(x.quantity) from market_events x
        where x.token_id = e.token_id and ${LATER}
          and x.kind in ('sale', 'transfer') and x.order_id = coalesce(e.order_id, e.event_key)), 0)
    order by e.unit = (select currency from collections where slug = ${slug}) desc nulls last, e.price,
      e.occurred_at desc, e.seq desc, e.epoch desc
    limit 1`;
}

/**
 * The last change of hands. A sale that names no buyer often comes with a transfer of the same moment that
 * does; where neither does, the holder is not known, whoever held it before.
 */
function selectHolder(slug: string, tokenId: string): SQL {
  return sql`
    select case when e.to_address !~ '^0x0+$' then e.to_address end as address, e.occurred_at as since,
      e.kind as by, e.source
    ${ofToken(slug, tokenId)} and e.kind in ('sale', 'transfer')
    order by e.occurred_at desc, (e.to_address is null), e.seq desc, e.epoch desc limit 1`;
}

/**
 * What the events tell of one token, with a page of its history. Throws `not_found` for an unknown collection
 * and for a token that no event names.
 */
export async function readNft(
  db: Db,
  slug: string,
  tokenId: string,
  query: Pick<TimedQuery, "order" | "limit" | "cursor">,
  now: number,
): Promise<NftDetail> {
  const history = eventsByTime(slug, { ...query, token_id: tokenId });
  const [head, sales, listings, holders, events] = await db.batch([
    db.execute(selectHead(slug, tokenId)),
    db.execute(selectLastSale(slug, tokenId)),
    db.execute(selectListing(slug, tokenId, now)),
    db.execute(selectHolder(slug, tokenId)),
    db.execute(history.statement),
  ]);
  const [token] = HeadRow.array().parse(head.rows);
  if (token === undefined) throw collectionNotFound(slug);
  if (!token.known) throw tokenNotFound(slug, tokenId);
  const [holder] = HolderRow.array().parse(holders.rows);
  const page = history.page(events.rows);
  return {
    collection: slug,
    token_id: tokenId,
    simulated: token.simulated,
    last_sale: toEvents(slug, sales.rows)[0] ?? null,
    listing: toEvents(slug, listings.rows)[0] ?? null,
    holder:
      holder === undefined || holder.address === null || token.plural
        ? null
        : { ...holder, address: holder.address },
    as_of: token.updated_at,
    history: page,
  };
}
