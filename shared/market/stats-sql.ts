import { type SQL, sql } from "drizzle-orm";
import { decomposeSpan, type Piece, type Span } from "../domain/span.ts";
import { NOT_CORRECTED } from "./event-row.ts";
import { lateListings } from "./late-sql.ts";
import { chainPlace, rollUp, sidesOf } from "./rollup-sql.ts";

/** A day of UTC; no day at all where there is none. */
const dayOf = (ms: number | undefined) => (ms === undefined ? null : iso(ms).slice(0, 10));
const iso = (ms: number) => new Date(ms).toISOString();

/** The whole days, hours and minutes of a span as rows of `rollups r` of collection `c`, one index range each. */
export function rollupsIn(pieces: Piece[], columns: SQL): SQL {
  const parts = pieces
    .filter(({ grain }) => grain !== "edge")
    .map(
      ({ grain, from, to }) => sql`
        select ${columns} from rollups r
        where r.collection_id = c.id and r.grain = ${grain}
          and r.bucket >= ${iso(from)}::timestamptz and r.bucket < ${iso(to)}::timestamptz and r.sales > 0`,
    );
  return parts.length === 0
    ? sql`select ${columns} from rollups r where false`
    : sql.join(parts, sql` union all `);
}

/** Sales of collection `c` in stretches of time, straight from the events. */
function salesIn(spans: Span[]): SQL {
  const parts = spans.map(
    ({ from, to }) => sql`
      select e.*, 'edge' as grain, ${iso(from)}::timestamptz as bucket from market_events e
      where e.collection_id = (select id from c) and e.kind = 'sale' and ${NOT_CORRECTED}
        and e.occurred_at >= ${iso(from)}::timestamptz and e.occurred_at < ${iso(to)}::timestamptz`,
  );
  if (parts.length > 0) return sql.join(parts, sql` union all `);
  return sql`select e.*, 'edge' as grain, e.occurred_at as bucket from market_events e where false`;
}

const COUNTS =
  sql.raw(`r.unit, r.sales, r.priced_sales, r.items, r.priced_items, r.volume, r.usd_sales, r.volume_usd,
  r.high, r.low, r.sources`);

/**
 * One row with the figures of a span. Whole days, hours and minutes come from rollups, only what is left at
 * the two ends from events; distinct wallets from whole days and the sales at the ends.
 */
export function selectStats(slug: string, { from, to }: Span, medianSales: number): SQL {
  const pieces = decomposeSpan(from, to);
  const [days] = pieces.filter(({ grain }) => grain === "day");
  const edges = pieces.filter(({ grain }) => grain === "edge");
  // Distinct wallets are kept by the day: what is left at either end is read from the events.
  const beside =
    days === undefined
      ? [{ from, to }]
      : [
          { from, to: days.from },
          { from: days.to, to },
        ];
  const besideDays = beside.filter((span) => span.from < span.to);
  return sql`
    with c as materialized (
      select c.id, c.slug, c.currency, c.simulated, s.updated_at, s.floor, s.floor_price, s.floor_unit
      from collections c left join collection_state s on s.collection_id = c.id
      where c.slug = ${slug}
    ),
    parts as (
      select r.* from c cross join lateral (${rollupsIn(pieces, COUNTS)}) r
      union all
      select ${COUNTS} from (${rollUp(sql`(select id from c)`, salesIn(edges))}) r
    ),
    units as materialized (
      select unit, sum(sales)::bigint as sales, sum(priced_sales)::bigint as priced_sales, sum(items) as items,
        sum(priced_items) as priced_items, sum(volume) as volume, sum(usd_sales)::bigint as usd_sales,
        sum(volume_usd) as volume_usd, max(high) as high, min(low) as low
      from parts group by unit
    ),
    wallets as (
      select w.address, w.bought, w.sold from wallet_days w
      where w.collection_id = (select id from c)
        and w.day >= ${dayOf(days?.from)}::date and w.day < ${dayOf(days?.to)}::date
      union all
      select w.address, w.bought, w.sold from (${salesIn(besideDays)}) e
      cross join lateral ${sidesOf("e")}
    ),
    priced as materialized (
      select e.price, row_number() over (order by e.price) as place, count(*) over () as total
      from market_events e
      where e.collection_id = (select id from c) and e.kind = 'sale' and e.unit = (select currency from c)
        and e.price is not null and ${NOT_CORRECTED}
        and e.occurred_at >= ${iso(from)}::timestamptz and e.occurred_at < ${iso(to)}::timestamptz
        and coalesce((select u.priced_sales from units u where u.unit = (select currency from c)), 0) <= ${medianSales}::bigint
    )
    select c.slug, c.currency, c.simulated, c.updated_at,
      (select coalesce(json_agg(json_build_object('unit', unit, 'sales', sales, 'priced_sales', priced_sales,
          'items', items::text, 'priced_items', priced_items::text, 'volume', volume::text, 'usd_sales', usd_sales,
          'volume_usd', volume_usd::text, 'high', high::text, 'low', low::text)
          order by unit), '[]') from units) as units,
      (select array_agg(distinct s.source order by s.source)
        from parts, unnest(parts.sources) as s(source)) as sources,
      (select array_agg(distinct s.source order by s.source)
        from parts, unnest(parts.sources) as s(source) where parts.unit = c.currency) as main_sources,
      w.buyers, w.bought, w.sellers, w.sold,
      m.median,
      f.price as floor_price, f.unit as floor_unit, f.floor,
      l.price as last_price, l.source as last_source, l.occurred_at as last_at
    from c
    cross join lateral (
      select count(*) filter (where t.bought > 0) as buyers, coalesce(sum(t.bought), 0) as bought,
        count(*) filter (where t.sold > 0) as sellers, coalesce(sum(t.sold), 0) as sold
      from (select sum(bought) as bought, sum(sold) as sold from wallets group by address) t
    ) w
    cross join lateral (
      select sum(price) / count(*) as median from priced where 2 * place between total and total + 2
    ) m
    left join lateral (${floorAt(to)}) f on true
    left join lateral (
      select e.price, e.source, e.occurred_at from market_events e
      where e.collection_id = (select id from c) and e.kind = 'sale' and e.unit = (select currency from c)
        and e.price is not null and e.occurred_at < ${iso(to)}::timestamptz and ${NOT_CORRECTED}
      order by e.occurred_at desc, ${chainPlace("e")} desc, e.seq desc, e.epoch desc limit 1
    ) l on true`;
}

/**
 * The floor of collection `c` (with its state) just before an instant: what the room says now if it has not
 * spoken since, else the newest of its changes before. By number, because a late event moves the floor when
 * it arrives, whatever time it bears. Where that leads to a listing that was made only after the instant, what
 * stood then is not known: the one that the event ended did not, and neither did this one. A listing that was told late
 * and stood then is a floor as well, where none was lower.
 */
export function floorAt(ms: number): SQL {
  const at = sql`${iso(ms)}::timestamptz`;
  // `until` is the first instant at which it does not count any more; the floor just before `at` is asked for.
  const just_before = { from: sql`${iso(ms - 1)}::timestamptz`, to: at };
  return sql`
    select b.price, b.unit, b.floor from (
      (${toldFloorAt(at)})
      union all
      (select l.price, l.unit, json_build_object('price', l.price::text, 'currency', l.currency, 'basis', 'item',
          'token_id', l.token_id, 'order_id', l.order_id, 'marketplace', l.marketplace, 'source', l.source,
          'listed_at', to_char(l.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::jsonb as floor
        from (${lateListings(sql.raw("c.id"), just_before)}) l
        where l.unit = c.currency and l.until >= ${at}
        order by l.price limit 1)
    ) b
    -- What is told in another currency, or that there is none, stays.
    order by (b.unit is distinct from c.currency) desc, b.price limit 1`;
}

function toldFloorAt(at: SQL): SQL {
  return sql`
    (select c.floor_price as price, c.floor_unit as unit, c.floor where c.updated_at < ${at})
    union all
    (select n.price, n.unit, n.floor from (
        select x.price, x.unit, x.floor from floor_changes x
        where c.updated_at >= ${at} and x.collection_id = c.id and x.at < ${at}
        order by x.epoch desc, x.seq desc limit 1) n
      where (n.floor->>'listed_at')::timestamptz < ${at})
    limit 1`;
}
