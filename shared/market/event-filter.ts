import { type SQL, sql } from "drizzle-orm";
import { type EventKind, MAX_CORRECTED } from "../contracts/market.ts";

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

/** Which part of the events a page holds: `beyond` where it begins, then the first `limit` in this order. */
interface Part {
  columns: SQL;
  beyond: SQL;
  order: SQL;
  limit: number;
}

/**
 * A page of the events of a collection that pass. What corrects an event passes where that one passed, as on the live
 * stream; both are looked for by themselves, since each has its index.
 */
export function selectEvents(
  slug: string,
  filter: EventFilter,
  { columns, beyond, order, limit }: Part,
): SQL {
  const corrections = correctionsPassing(slug, filter);
  const rest = sql`${beyond} order by ${order} limit ${limit}`;
  if (corrections === null) return sql`select ${columns} from ${eventsPassing(slug, filter)} and ${rest}`;
  return sql`
    select ${columns} from (
      (select e.* from ${eventsPassing(slug, filter)} and ${rest})
      union all
      (select e.* from ${corrections} and ${rest})
    ) e order by ${order} limit ${limit}`;
}

const ofCollection = (slug: string) =>
  sql`e.collection_id = (select id from collections where slug = ${slug})`;

/**
 * The events that pass by themselves, as `e`. Those of one wallet are found first and sorted then: left alone, Postgres
 * walks through all events in the order that is asked for.
 */
function eventsPassing(slug: string, filter: EventFilter): SQL {
  const where = sql`${ofCollection(slug)} and ${within(filter)} and ${passes(filter)}`;
  return filter.address === undefined
    ? sql`market_events e where ${where}`
    : sql`(select * from market_events e where ${where} offset 0) e where true`;
}

/**
 * The events that pass for what they correct only, as `e`; `null` where there are none, since all pass by themselves.
 * Kinds and prices are those of all that an event corrects, as it was sent; the token and the wallet are those of the event
 * that it names.
 */
function correctionsPassing(slug: string, filter: EventFilter): SQL | null {
  const { kinds, token_id, address, min_price } = filter;
  const bySent = kinds !== undefined || min_price !== undefined;
  const byNamed = token_id !== undefined || address !== undefined;
  if (!bySent && !byNamed) return null;
  const sent = sql`(coalesce(jsonb_array_length(e.corrected), 0) in (0, ${MAX_CORRECTED})
    or exists (select from jsonb_to_recordset(e.corrected) as c(kind text, price numeric)
      where ${passes({ kinds, min_price }, "c")}))`;
  const named = sql`exists (select from market_events x
    where x.collection_id = e.collection_id and x.event_key_hash = e.corrects_hash
      and ${passes({ token_id, address }, "x")})`;
  return sql`market_events e where ${ofCollection(slug)} and e.corrects is not null and e.corrects <> e.event_key
    and ${within(filter)} and (${passes(filter)}) is not true and ${bySent ? sent : sql`true`} and ${byNamed ? named : sql`true`}`;
}

function all(conditions: (SQL | false)[]): SQL {
  const held = conditions.filter((condition) => condition !== false);
  return held.length === 0 ? sql`true` : sql.join(held, sql` and `);
}

/** When an event `e` must have happened. */
function within({ from, to }: EventFilter): SQL {
  return all([
    from !== undefined && sql`e.occurred_at >= ${new Date(from).toISOString()}::timestamptz`,
    to !== undefined && sql`e.occurred_at < ${new Date(to).toISOString()}::timestamptz`,
  ]);
}

/** What an event must be to pass. */
function passes(
  { kinds, token_id, address, min_price }: Omit<EventFilter, "from" | "to">,
  alias: "e" | "x" | "c" = "e",
): SQL {
  const [kind, ...others] = kinds ?? [];
  const of = (column: string) => sql.raw(`${alias}.${column}`);
  return all([
    // One kind as an equality, so that the index over the sales serves it.
    kind !== undefined && others.length === 0 && sql`${of("kind")} = ${kind}`,
    others.length > 0 && sql`${of("kind")} = any(${sql.param([kind, ...others])}::text[])`,
    token_id !== undefined && sql`${of("token_id")} = ${token_id}`,
    address !== undefined && sql`(${of("from_address")} = ${address} or ${of("to_address")} = ${address})`,
    min_price !== undefined && sql`${of("price")} >= ${min_price}::numeric`,
  ]);
}
