import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { TimeColumn } from "../../../shared/db/instant.ts";
import { ASKS_FOR, MARKET_MESSAGE_ID, toldAs } from "../../../shared/market/outbox-sql.ts";
import type { Topic } from "../../../shared/webhooks/topics.ts";
import { TEST_MESSAGE } from "./send-test.ts";

export const MOST_REPLAYED = 10_000;

export interface Span {
  webhook_id: string;
  user_id: string;
  /** ISO 8601; half-open. */
  since: string;
  until: string;
  now: string;
  /** What the webhook asks for; market types are spelled out. */
  topics: Topic[];
  /** Patterns of which one must name the type, or `null`. */
  event_types: readonly string[] | null;
}

const topicsAs = (topics: readonly Topic[]) =>
  sql`json_to_recordset(${JSON.stringify(topics)}::json) as t(event_type text, collection text, min_price numeric)`;

/** Whether a pattern (`market.*` or a type) names a type. */
const names = (pattern: SQL, type: SQL) =>
  sql`(${pattern} = ${type} or (right(${pattern}, 2) = '.*' and starts_with(${type}, left(${pattern}, -1))))`;

/** Made from the market's own tables, so that nobody needs to have listened at the time. */
function fromTheMarket({ since, until, topics }: Span): SQL {
  const wanted = topics.filter(({ event_type }) => event_type.startsWith("market."));
  return sql`
    select ${MARKET_MESSAGE_ID} as id, k.type, null::text as user_id, c.slug as collection, k.position,
      e.received_at as at, e.occurred_at, k.data
    from market_events e join collections c on c.id = e.collection_id
    ${toldAs(sql`c.slug`)}
    where e.received_at >= ${since}::timestamptz and e.received_at < ${until}::timestamptz
      and exists (select from ${topicsAs(wanted)} where t.collection in (c.slug, '*') and ${ASKS_FOR})`;
}

/** What is about the user's own things. */
function fromTheOutbox({ user_id, since, until, now, topics, event_types }: Span): SQL {
  const wanted = topics.filter(({ event_type }) => !event_type.startsWith("market."));
  const asked = JSON.stringify(event_types ?? []);
  return sql`
    select m.id, m.type, m.user_id, m.collection, 0 as position, m.created_at as at, m.occurred_at, m.data
    from messages m
    where m.created_at >= ${since}::timestamptz and m.created_at < ${until}::timestamptz
      and (m.user_id is null or m.user_id = ${user_id}) and (m.expires_at is null or m.expires_at > ${now}::timestamptz)
      and exists (select from ${topicsAs(wanted)} where ${names(sql`t.event_type`, sql`m.type`)}
        and t.collection in (coalesce(m.collection, ''), '*'))
      and (${event_types === null}::boolean
        or exists (select from json_array_elements_text(${asked}::json) p where ${names(sql`p`, sql`m.type`)}))
      and not starts_with(m.id, ${TEST_MESSAGE})`;
}

/**
 * Puts everything of a span that a webhook wants on its way to it once more, unless that is more than may be asked
 * for at once; `cut` is then when the first one beyond was received.
 */
export function replaySpan(span: Span): SQL {
  return sql`
    with found as materialized (
      select * from (${fromTheMarket(span)} union all ${fromTheOutbox(span)}) f
      order by at, position, id limit ${MOST_REPLAYED + 1}::int
    ),
    size as materialized (
      select count(*)::int as n, min(at) as first, max(at) as last from found
    ),
    written as (
      insert into messages (id, type, user_id, collection, data, occurred_at, created_at)
      select id, type, user_id, collection, data, occurred_at, ${span.now}::timestamptz from found
      where (select n from size) <= ${MOST_REPLAYED}::int
      on conflict (id) do nothing
    ),
    due as (
      insert into deliveries (id, webhook_id, message_id, position, collection, cause, status, next_attempt_at,
        next_attempt_reason, created_at)
      select 'dlv_' || replace(gen_random_uuid()::text, '-', ''), ${span.webhook_id}, id, position,
        coalesce(collection, ''), 'replay', 'pending', ${span.now}::timestamptz, 'first attempt',
        ${span.now}::timestamptz
      from found where (select n from size) <= ${MOST_REPLAYED}::int
    )
    select n as count, first, last from size`;
}

export const ReplayRow = z.object({
  count: z.number(),
  first: TimeColumn.nullable(),
  last: TimeColumn.nullable(),
});
