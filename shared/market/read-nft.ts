import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { NftDetail } from "../contracts/collections.ts";
import { type MarketEvent, SIMULATED_SOURCE } from "../contracts/market.ts";
import type { Db } from "../db/client.ts";
import { TimeColumn } from "../db/instant.ts";
import { isoTime } from "../platform/clock.ts";
import { type CustodyMove, followCustody } from "./custody.ts";
import { EVENT_COLUMNS, NOT_CORRECTED, toEvents } from "./event-row.ts";
import { collectionNotFound, tokenNotFound } from "./not-found.ts";
import { eventsByTime, type TimedQuery } from "./read-events-by-time.ts";
import { chainPlace } from "./rollup-sql.ts";

const ZERO_ADDRESS = /^0x0+$/;

const HeadRow = z.object({
  updated_at: TimeColumn.nullable(),
  simulated: z.boolean(),
  /** Whether any event names the token. */
  known: z.boolean(),
  /** Whether several of the token changed hands at once: then many may hold it. */
  plural: z.boolean(),
});

/** Far more moves than any token has made in one instant; who held it before them rarely matters. */
const MOST_MOVES = 200;

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

/** The newest sales and transfers, newest first. */
function selectMoves(slug: string, tokenId: string): SQL {
  return sql`
    select ${EVENT_COLUMNS} ${ofToken(slug, tokenId)} and e.kind in ('sale', 'transfer')
    order by e.occurred_at desc, e.seq desc, e.epoch desc limit ${MOST_MOVES}`;
}

/** The last sale by time and place on the chain; needed where the newest moves are all transfers. */
function selectLastSale(slug: string, tokenId: string): SQL {
  return sql`
    select ${EVENT_COLUMNS} ${ofToken(slug, tokenId)} and e.kind = 'sale'
    order by e.occurred_at desc, ${chainPlace("e")} desc, e.seq desc, e.epoch desc limit 1`;
}

/** Event `x` of the collection of `e`, later than it, that was not taken back and takes nothing back itself. */
const LATER = sql.raw(`x.collection_id = e.collection_id and (x.occurred_at, x.seq) > (e.occurred_at, e.seq)
  and not exists (select from event_corrections k
    where k.collection_id = x.collection_id and k.event_key_hash = x.event_key_hash)
  and not (x.kind = 'cancel' and x.corrects is not null)`);

/** What a listing `e` costs at an instant: its price may be on a straight way to another. */
function priceNow(now: number): SQL {
  const begun = sql.raw("coalesce(e.starts_at, e.occurred_at)");
  return sql`case when e.end_price is null or e.expires_at <= ${begun} then e.price
    else e.price + (e.end_price - e.price) * extract(epoch from ${isoTime(now)}::timestamptz - ${begun})
      / extract(epoch from e.expires_at - ${begun}) end`;
}

/**
 * The lowest listing that still stands: no later event cancelled or changed its order or filled all of it, its lister
 * did not part with a single item after it, and, where it names no order, did not list it again on the same marketplace.
 */
function selectListing(slug: string, tokenId: string, now: number): SQL {
  return sql`
    select ${EVENT_COLUMNS} ${ofToken(slug, tokenId)} and e.kind = 'listing' and e.price is not null
      and (e.expires_at is null or e.expires_at > ${isoTime(now)}::timestamptz)
      and (e.starts_at is null or e.starts_at <= ${isoTime(now)}::timestamptz)
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
    order by e.unit = (select currency from collections where slug = ${slug}) desc nulls last, ${priceNow(now)},
      e.occurred_at desc, e.seq desc, e.epoch desc
    limit 1`;
}

type Holder = Pick<NftDetail, "holder" | "holder_unknown">;

function holderOf(moves: MarketEvent[], plural: boolean): Holder {
  const unknown = (reason: NonNullable<NftDetail["holder_unknown"]>): Holder => ({
    holder: null,
    holder_unknown: reason,
  });
  const custody = followCustody(moves.flatMap((move) => asMove(move)));
  if (custody === null) return unknown("no_move");
  if (plural) return unknown("many_holders");
  if (custody.address === null) return unknown(custody.unknown);
  if (ZERO_ADDRESS.test(custody.address)) return unknown("burned");
  const { kind, occurred_at, source } = custody.last;
  return { holder: { address: custody.address, since: occurred_at, by: kind, source }, holder_unknown: null };
}

function asMove(event: MarketEvent): (CustodyMove & { source: string })[] {
  const { kind, from, to, occurred_at, block_number, log_index, seq, source } = event;
  if (kind !== "sale" && kind !== "transfer") return [];
  // In a sale the zero address is nobody; in a transfer it is where tokens come from and go to.
  const side = (address: string | null) =>
    kind === "sale" && ZERO_ADDRESS.test(address ?? "") ? null : address;
  return [{ kind, from: side(from), to: side(to), occurred_at, block_number, log_index, seq, source }];
}

/**
 * The last sale: of several in the last instant the one that brought the token to whoever holds it then, where their
 * places on the chain do not tell.
 */
function lastSaleOf(moves: MarketEvent[], last: MarketEvent | undefined): MarketEvent | null {
  if (last === undefined) return null;
  const rivals = moves.filter(({ kind, occurred_at }) => kind === "sale" && occurred_at === last.occurred_at);
  if (rivals.every(({ block_number, log_index }) => block_number !== null || log_index !== null)) return last;
  const until = moves.filter(({ occurred_at }) => occurred_at <= last.occurred_at);
  const holder = followCustody(until.flatMap((move) => asMove(move)))?.address ?? null;
  const [only, ...others] = rivals.filter(({ to }) => to !== null && to === holder);
  return only !== undefined && others.length === 0 ? only : last;
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
  const [head, sales, listings, moved, events] = await db.batch([
    db.execute(selectHead(slug, tokenId)),
    db.execute(selectLastSale(slug, tokenId)),
    db.execute(selectListing(slug, tokenId, now)),
    db.execute(selectMoves(slug, tokenId)),
    db.execute(history.statement),
  ]);
  const [token] = HeadRow.array().parse(head.rows);
  if (token === undefined) throw collectionNotFound(slug);
  if (!token.known) throw tokenNotFound(slug, tokenId);
  const moves = toEvents(slug, moved.rows).reverse();
  const page = history.page(events.rows);
  return {
    collection: slug,
    token_id: tokenId,
    simulated: token.simulated,
    last_sale: lastSaleOf(moves, toEvents(slug, sales.rows)[0]),
    listing: toEvents(slug, listings.rows)[0] ?? null,
    ...holderOf(moves, token.plural),
    as_of: token.updated_at,
    history: page,
  };
}
