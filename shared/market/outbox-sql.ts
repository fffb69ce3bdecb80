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

function rangesOf(events: FlushEvent[]): Range[] {
  const ranges = new Map<string, Range>();
  for (const { epoch, seq } of events) {
    const range = ranges.get(epoch) ?? { epoch, first: seq, last: seq };
    ranges.set(epoch, { epoch, first: Math.min(range.first, seq), last: Math.max(range.last, seq) });
  }
  return [...ranges.values()];
}

const iso = (column: string) =>
  sql.raw(`to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`);

/** A stored event `e` as it was sent live, but for its collection's name. */
export const LIVE_EVENT: SQL = sql`jsonb_build_object('event_key', e.event_key, 'kind', e.kind,
  'epoch', e.epoch, 'seq', e.seq, 'token_id', e.token_id, 'price', e.price::text, 'price_basis', 'item',
  'total_price', e.total_price::text, 'currency', e.currency, 'price_usd', e.price_usd::text, 'end_price', e.end_price::text, 'starts_at', ${iso("e.starts_at")},
  'quantity', e.quantity::text, 'from', e.from_address, 'to', e.to_address, 'tx_hash', e.tx_hash, 'block_number', e.block_number,
  'log_index', e.log_index,
  'order_id', e.order_id, 'marketplace', e.marketplace, 'source', e.source,
  'simulated', e.source = ${SIMULATED_SOURCE}, 'corrects', e.corrects, 'occurred_at', ${iso("e.occurred_at")},
  'expires_at', ${iso("e.expires_at")}, 'received_at', ${iso("e.received_at")}, 'floor_change', e.floor_change)`;

/** Hex that follows from its parts, so that a repeated flush writes the same ids. */
const hashed = (parts: SQL) => sql`substr(encode(sha256(convert_to(${parts}, 'UTF8')), 'hex'), 1, 32)`;

/** The id of the message that tells of a stored event `e` as `k.type`. */
export const MARKET_MESSAGE_ID: SQL = sql`'msg_' || ${hashed(sql`e.collection_id || '/' || e.epoch || '/' || e.seq || '/' || k.type`)}`;

/** What a stored event `e` is told as, `k`, with the price that a lowest price is about. */
export const TOLD_AS: SQL = sql`cross join lateral (values
  (case when e.kind in ('sale', 'listing', 'bid', 'transfer') then 'market.' || e.kind end, e.price),
  (case when e.floor_change is not null then 'market.floor_changed' end,
    (e.floor_change#>>'{floor,price}')::numeric)) as k(type, price)`;

/**
 * Puts those of the stored events that somebody wants into the outbox, in the flush's own transaction: a message for
 * each event and type, a delivery for each taker. `null` where none of them can be wanted. Events of a repeated flush
 * are in it already. Where nobody listens it ends at one look into an index. Answers the endpoints that got something,
 * those first that last took a message: they are woken before those that may hang.
 */
export function putIntoOutbox(slug: string, events: FlushEvent[], at: string): SQL | null {
  if (!events.some((event) => KINDS.has(event.kind) || event.floor_change !== null)) return null;
  return sql`
    with takers as materialized (
      select t.webhook_id, t.event_type, t.min_price::numeric as min_price, t.since
      from webhook_topics t join webhooks w on w.id = t.webhook_id
      where t.event_type in ('market.sale', 'market.listing', 'market.bid', 'market.transfer', 'market.floor_changed')
        and t.collection in (${slug}, '*')
      -- An endpoint that is deleted at this moment must not fail the whole flush.
      for key share of w
    ),
    told as materialized (
      select ${MARKET_MESSAGE_ID} as id,
        k.type, k.price, e.seq, e.occurred_at, e.received_at, ${LIVE_EVENT} || jsonb_build_object('collection', ${slug}::text) as data
      from market_events e
      join json_to_recordset(${JSON.stringify(rangesOf(events))}::json) as r(epoch text, first bigint, last bigint)
        on e.epoch = r.epoch and e.seq between r.first and r.last
      ${TOLD_AS}
      where exists (select from takers)
        and e.collection_id = (select id from collections where slug = ${slug})
        and k.type is not null
    ),
    wanted as materialized (
      select told.id, told.seq, t.webhook_id from told join takers t on t.event_type = told.type
        and t.since <= told.received_at and (t.min_price is null or told.price >= t.min_price)
    ),
    written as (
      insert into messages (id, type, collection, data, occurred_at, created_at)
      select id, type, ${slug}, data, occurred_at, ${at}::timestamptz from told
      where id in (select id from wanted)
      on conflict (id) do nothing
      returning id
    ),
    due as (
      insert into deliveries (id, webhook_id, message_id, position, collection, cause, status, next_attempt_at,
        next_attempt_reason, created_at)
      select 'dlv_' || ${hashed(sql`wanted.webhook_id || '/' || wanted.id`)}, wanted.webhook_id, wanted.id,
        wanted.seq, ${slug}, 'event', 'pending', ${at}::timestamptz, 'first attempt', ${at}::timestamptz
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
