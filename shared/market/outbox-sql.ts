import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { SIMULATED_SOURCE } from "../contracts/market.ts";
import type { FlushEvent } from "./flush-batch.ts";

const KINDS = new Set(["sale", "listing", "bid", "transfer"]);

/** Numbers of one epoch from `first` to `last`. */
interface Range {
  epoch: string;
  first: number;
  last: number;
}

/** As rows of `values`, which Postgres can count when it plans. */
function rangesOf(events: FlushEvent[]): SQL {
  const ranges = new Map<string, Range>();
  for (const { epoch, seq } of events) {
    const range = ranges.get(epoch) ?? { epoch, first: seq, last: seq };
    ranges.set(epoch, { epoch, first: Math.min(range.first, seq), last: Math.max(range.last, seq) });
  }
  const rows = [...ranges.values()].map(
    ({ epoch, first, last }) => sql`(${epoch}::text, ${first}::bigint, ${last}::bigint)`,
  );
  return sql.join(rows, sql`, `);
}

const iso = (column: string) =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

/** The stored event of an alias as it was sent live. */
function liveEvent(alias: "e" | "x", slug: SQL): SQL {
  const of = (column: string) => sql.raw(`${alias}.${column}`);
  const at = (column: string) => iso(`${alias}.${column}`);
  return sql`jsonb_build_object('event_key', ${of("event_key")}, 'kind', ${of("kind")}, 'collection', ${slug}::text,
  'epoch', ${of("epoch")}, 'seq', ${of("seq")}, 'token_id', ${of("token_id")}, 'price', ${of("price")}::text, 'price_basis', 'item',
  'total_price', ${of("total_price")}::text, 'currency', ${of("currency")}, 'price_usd', ${of("price_usd")}::text,
  'end_price', ${of("end_price")}::text, 'starts_at', ${at("starts_at")}, 'quantity', ${of("quantity")}::text,
  'from', ${of("from_address")}, 'to', ${of("to_address")}, 'tx_hash', ${of("tx_hash")},
  'block_number', ${of("block_number")}, 'log_index', ${of("log_index")}, 'order_id', ${of("order_id")},
  'marketplace', ${of("marketplace")}, 'source', ${of("source")}, 'simulated', ${of("source")} = ${SIMULATED_SOURCE},
  'corrects', ${of("corrects")}, 'corrected', coalesce(${of("corrected")}, '[]'), 'occurred_at', ${at("occurred_at")},
  'expires_at', ${at("expires_at")}, 'received_at', ${at("received_at")}, 'floor_change', ${of("floor_change")})`;
}

/** Hex that follows from its parts, so that a repeated flush writes the same ids. */
const hashed = (parts: SQL) => sql`substr(encode(sha256(convert_to(${parts}, 'UTF8')), 'hex'), 1, 32)`;

/** The id of the message that tells of a stored event `e` as `k.type`. */
export const MARKET_MESSAGE_ID: SQL = sql`'msg_' || ${hashed(sql`e.collection_id || '/' || e.epoch || '/' || e.seq || '/' || k.type`)}`;

/**
 * What a stored event `e` is told as, `k`: messages of a type, with what one must have asked for to be told, and the
 * price of each that a lowest price is about. A correction goes to whoever was told of what it corrects, `x`, also where
 * that was itself told as the correction of another. It is known when both are there, whichever came first.
 */
export const toldAs = (slug: SQL): SQL => sql`cross join lateral (
  select m.type, array[m.type] as asked, array[m.price] as prices, e.seq as position, e.received_at,
    ${liveEvent("e", slug)} as data
  from (values
    (case when e.kind in ('sale', 'listing', 'bid', 'transfer') then 'market.' || e.kind end, e.price),
    (case when e.floor_change is not null then 'market.floor_changed' end,
      (e.floor_change#>>'{floor,price}')::numeric)) as m(type, price)
  where m.type is not null
  union all
  select 'market.corrected', w.asked, w.prices, case when x.received_at > e.received_at then x.seq else e.seq end,
    greatest(e.received_at, x.received_at),
    jsonb_build_object('collection', ${slug}::text, 'epoch', e.epoch, 'seq', e.seq, 'corrected_by', e.event_key,
      'occurred_at', ${iso("e.occurred_at")}, 'received_at', ${iso("e.received_at")}, 'event', ${liveEvent("x", slug)},
      'replacement', case when e.kind <> 'cancel' then ${liveEvent("e", slug)} end)
  from market_events x
  cross join lateral (
    select array_agg(a.type) as asked, array_agg(p.price) as prices
    from (select x.kind, x.price
      union all select c.kind, c.price from jsonb_to_recordset(x.corrected) as c(kind text, price numeric)) p
    cross join lateral (values ('market.corrected'), ('market.' || p.kind)) a(type)) w
  where x.collection_id = e.collection_id and x.event_key_hash = e.corrects_hash) k`;

/** Whether a topic `t` asks for what is told as `k`. */
export const ASKS_FOR: SQL = sql`exists (select from unnest(k.asked, k.prices) as w(type, price)
  where w.type = t.event_type and (t.min_price is null or w.price >= t.min_price))`;

/**
 * Puts those of the stored events that somebody wants into the outbox, in the flush's own transaction: a message for
 * each event and type, a delivery for each taker. `null` where none of them can be wanted. Events of a repeated flush
 * are in it already. Where nobody listens it ends at one look into an index. Answers the endpoints that got something,
 * those first that last took a message: they are woken before those that may hang.
 */
export function putIntoOutbox(slug: string, events: FlushEvent[], at: string): SQL | null {
  if (
    !events.some(
      (event) => KINDS.has(event.kind) || event.floor_change !== null || event.corrects_hash !== null,
    )
  )
    return null;
  return sql`
    with takers as materialized (
      select t.webhook_id, t.event_type, t.min_price::numeric as min_price, t.since
      from webhook_topics t join webhooks w on w.id = t.webhook_id
      where t.event_type in ('market.sale', 'market.listing', 'market.bid', 'market.transfer', 'market.floor_changed',
        'market.corrected')
        and t.collection in (${slug}, '*')
      -- An endpoint that is deleted at this moment must not fail the whole flush.
      for key share of w
    ),
    target as materialized (select id from collections where slug = ${slug} and exists (select from takers)),
    fresh as materialized (
      select e.* from target
      cross join (values ${rangesOf(events)}) as r(epoch, first, last)
      -- Range by range: left alone, Postgres compares every event with every range.
      cross join lateral (select * from market_events m
        where m.collection_id = target.id and m.epoch = r.epoch and m.seq between r.first and r.last offset 0) e
    ),
    told as materialized (
      select ${MARKET_MESSAGE_ID} as id, k.*, e.occurred_at
      from (
        select fresh.*, false as came_before from fresh
        -- What was corrected before it came.
        union all
        select e.*, true from fresh x
        cross join lateral (select * from event_corrections k
          where k.collection_id = x.collection_id and k.event_key_hash = x.event_key_hash offset 0) c
        cross join lateral (select * from market_events m
          where m.collection_id = c.collection_id and m.epoch = c.epoch and m.seq = c.seq offset 0) e
      ) e
      ${toldAs(sql`${slug}`)}
      where not e.came_before or k.type = 'market.corrected'
    ),
    wanted as materialized (
      select distinct k.id, k.position, t.webhook_id from told k
      join takers t on t.since <= k.received_at and ${ASKS_FOR}
    ),
    written as (
      insert into messages (id, type, collection, data, occurred_at, created_at)
      select distinct on (id) id, type, ${slug}, data, occurred_at, ${at}::timestamptz from told
      where id in (select id from wanted)
      on conflict (id) do nothing
      returning id
    ),
    due as (
      insert into deliveries (id, webhook_id, message_id, position, collection, cause, status, next_attempt_at,
        next_attempt_reason, created_at)
      select 'dlv_' || ${hashed(sql`wanted.webhook_id || '/' || wanted.id`)}, wanted.webhook_id, wanted.id,
        wanted.position, ${slug}, 'event', 'pending', ${at}::timestamptz, 'first attempt', ${at}::timestamptz
      from wanted join written using (id)
      on conflict do nothing
      returning webhook_id
    )
    select id as webhook_id from webhooks where id in (
      select webhook_id from due
      -- What a flush before had committed, whose answer was lost: nobody was woken for it.
      union select d.webhook_id from wanted join deliveries d
        on d.message_id = wanted.id and d.webhook_id = wanted.webhook_id and d.cause = 'event'
        where d.status = 'pending' and wanted.id not in (select id from written))
    order by last_success_at desc nulls last`;
}

/** What the statement of `putIntoOutbox` answers. */
export const OutboxAnswer = z.object({ rows: z.array(z.object({ webhook_id: z.string() })) });
