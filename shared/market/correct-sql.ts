import { type SQL, sql } from "drizzle-orm";
import { GRAINS, ROLLUP_COLUMNS, rollUp, walletDays } from "./rollup-sql.ts";

/** One correction: hex hash of the key of the event that no longer counts, and which event says so. */
export interface Correction {
  key_hash: string;
  by_key_hash: string;
}

function listed(corrections: Correction[]): SQL {
  return sql`json_to_recordset(${JSON.stringify(corrections)}::json) as i(key_hash text, by_key_hash text)`;
}

/** Marks what the stored corrections say; what they correct may not have arrived yet. */
export function markCorrected(slug: string, corrections: Correction[]): SQL {
  return sql`
    insert into event_corrections (collection_id, event_key_hash, epoch, seq)
    select distinct on (2) e.collection_id, decode(i.key_hash, 'hex'), e.epoch, e.seq
    from ${listed(corrections)}
    join collections t on t.slug = ${slug}
    join market_events e on e.collection_id = t.id and e.event_key_hash = decode(i.by_key_hash, 'hex')
    order by 2, e.epoch, e.seq
    on conflict do nothing`;
}

/** The corrected events that are there, as `collection_id, occurred_at`. */
function corrected(slug: string, corrections: Correction[]): SQL {
  return sql`
    select e.collection_id, e.occurred_at from ${listed(corrections)}
    join collections t on t.slug = ${slug}
    join market_events e on e.collection_id = t.id and e.event_key_hash = decode(i.key_hash, 'hex')`;
}

const COUNTED = sql`not exists (select from event_corrections c
  where c.collection_id = e.collection_id and c.event_key_hash = e.event_key_hash)`;

function touchedBuckets(slug: string, corrections: Correction[]): SQL {
  return sql`
    select distinct x.collection_id, g.grain, g.length, date_trunc(g.grain, x.occurred_at, 'UTC') as bucket
    from (${corrected(slug, corrections)}) x cross join ${GRAINS}`;
}

/**
 * Counts every bucket and day anew that a corrected event lay in. Statements to run in this order, in the
 * transaction that marked the corrections.
 */
export function recountTouched(slug: string, corrections: Correction[]): SQL[] {
  const id = sql`(select id from collections where slug = ${slug})`;
  return [
    sql`
      delete from rollups r using (${touchedBuckets(slug, corrections)}) b
      where r.collection_id = b.collection_id and r.grain = b.grain and r.bucket = b.bucket`,
    sql`
      insert into rollups (${ROLLUP_COLUMNS})
      ${rollUp(
        id,
        sql`select e.*, b.grain, b.bucket from (${touchedBuckets(slug, corrections)}) b
          join market_events e on e.collection_id = b.collection_id
            and e.occurred_at >= b.bucket and e.occurred_at < b.bucket + b.length
          where ${COUNTED}`,
      )}`,
    sql`
      delete from wallet_days w using (${corrected(slug, corrections)}) x
      where w.collection_id = x.collection_id and w.day = (x.occurred_at at time zone 'UTC')::date`,
    sql`
      insert into wallet_days (collection_id, day, address, bought, sold)
      ${walletDays(
        id,
        sql`select e.* from (
            select distinct x.collection_id, date_trunc('day', x.occurred_at, 'UTC') as day
            from (${corrected(slug, corrections)}) x) d
          join market_events e on e.collection_id = d.collection_id
            and e.occurred_at >= d.day and e.occurred_at < d.day + interval '24 hours'
          where ${COUNTED}`,
      )}`,
  ];
}
