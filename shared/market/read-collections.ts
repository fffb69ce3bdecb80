import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { CollectionDetail, CollectionPage } from "../contracts/collections.ts";
import { Slug } from "../contracts/primitives.ts";
import type { Db } from "../db/client.ts";
import { decodeCursor, encodeCursor } from "../db/cursor.ts";
import { readRows } from "../db/rows.ts";
import { LAST_INSTANT, RANGE_MS } from "../domain/span.ts";
import {
  COLLECTION_WITH_STATE,
  CollectionDetailRow,
  CollectionRow,
  floorChangeSince,
  lastDay,
  toItem,
  volumeIn,
} from "./collection-row.ts";
import { collectionNotFound } from "./not-found.ts";
import { showStats } from "./provider-stats.ts";

export const COLLECTION_SORTS = ["volume", "floor", "change", "name", "updated"] as const;

export interface CollectionQuery {
  /** Part of the name or slug, or a whole contract address. */
  search?: string | undefined;
  sort: (typeof COLLECTION_SORTS)[number];
  order: "asc" | "desc";
  limit: number;
  cursor?: string | undefined;
}

/** The figure that a list goes by, of `c`. What is not known stands last in either order. */
function sortKey(sort: CollectionQuery["sort"], now: number): SQL {
  if (sort === "volume") return sql`(select v.volume from (${volumeIn(lastDay(now))}) v)`;
  if (sort === "change") return sql`(${floorChangeSince(now - RANGE_MS.day)})`;
  return {
    floor: sql`c.floor_price`,
    name: sql`lower(c.name)`,
    updated: sql`extract(epoch from c.updated_at)`,
  }[sort];
}

/** The figure (as Postgres writes it) and slug of the last entry, and the moment at which the list was begun. */
function listKey(sort: CollectionQuery["sort"]) {
  const value =
    sort === "name" ? z.string().regex(/^[^\0]*$/) : z.string().regex(/^-?\d{1,200}(?:\.\d{1,200})?$/);
  return z.tuple([value.nullable(), Slug, z.number().int().min(0).max(LAST_INSTANT)]);
}

const ListRow = CollectionRow.extend({ sort_key: z.string().nullable() });

/**
 * Collections with their figures of the last 24 hours. Pages of one list are counted at the moment its first
 * page was, so that figures that move meanwhile neither repeat nor skip an entry. Throws `invalid_request`
 * for a cursor that is not of this list.
 */
export async function listCollections(db: Db, query: CollectionQuery, now: number): Promise<CollectionPage> {
  const { search, sort, order, limit, cursor } = query;
  const scope = [search ?? null, sort, order];
  const key = cursor === undefined ? undefined : decodeCursor(cursor, scope, listKey(sort));
  const asOf = Math.min(key?.[2] ?? now, now);
  const rows = await readRows(
    db,
    sql`
      with c as (${COLLECTION_WITH_STATE} where ${matches(search)}),
      ranked as (select c.id, c.slug, ${sortKey(sort, asOf)} as sort_key from c),
      page as (
        select * from ranked r where ${beyond(sort, order, key)}
        order by r.sort_key ${sql.raw(order)} nulls last, r.slug limit ${limit + 1}
      )
      select c.*, page.sort_key::text as sort_key, ${FIGURES}
      from page join c on c.id = page.id
      ${joinFigures(asOf)}
      order by page.sort_key ${sql.raw(order)} nulls last, page.slug`,
    ListRow,
  );
  const data = rows.slice(0, limit);
  const last = data.at(-1);
  return {
    data: data.map((row) => toItem(row, now)),
    next_cursor:
      rows.length > limit && last !== undefined
        ? encodeCursor(scope, [last.sort_key, last.slug, asOf])
        : null,
  };
}

const FIGURES: SQL = sql.raw(`v.sales as day_sales, v.volume as day_volume, v.priced_sales as day_priced,
  v.sources as day_sources, f.change`);

function joinFigures(now: number): SQL {
  return sql`
    left join lateral (${volumeIn(lastDay(now))}) v on true
    left join lateral (${floorChangeSince(now - RANGE_MS.day)}) f on true`;
}

function matches(search: string | undefined): SQL {
  if (search === undefined) return sql`true`;
  const pattern = `%${search.replaceAll(/[\\%_]/g, "\\$&")}%`;
  return sql`(c.name ilike ${pattern} or c.slug ilike ${pattern} or lower(c.contract) = lower(${search}))`;
}

function beyond(
  sort: CollectionQuery["sort"],
  order: "asc" | "desc",
  key: readonly [string | null, string, number] | undefined,
): SQL {
  if (key === undefined) return sql`true`;
  const [value, slug] = key;
  if (value === null) return sql`r.sort_key is null and r.slug > ${slug}`;
  const at = sql`${value}::${sql.raw(sort === "name" ? "text" : "numeric")}`;
  return sql`(r.sort_key is null or r.sort_key ${sql.raw(order === "asc" ? ">" : "<")} ${at}
    or (r.sort_key = ${at} and r.slug > ${slug}))`;
}

/** One collection with all that is known of it. Throws `not_found`. */
export async function getCollection(db: Db, slug: string, now: number): Promise<CollectionDetail> {
  const [row] = await readRows(
    db,
    sql`
      with c as (${COLLECTION_WITH_STATE} where c.slug = ${slug})
      select c.*, ${FIGURES}, m.cause as floor_cause, m.at as floor_changed_at
      from c ${joinFigures(now)}
      left join lateral (
        select f.cause, f.at from floor_changes f
        where f.collection_id = c.id order by f.epoch desc, f.seq desc limit 1
      ) m on true`,
    CollectionDetailRow,
  );
  if (row === undefined) throw collectionNotFound(slug);
  return {
    ...toItem(row, now),
    description: row.description,
    supply: row.supply,
    described_by: row.source,
    provider_stats: row.provider_stats === null ? null : showStats(row.provider_stats, now),
    floor_listing: row.floor,
    floor_change:
      row.floor_cause === null || row.floor_changed_at === null
        ? null
        : { cause: row.floor_cause, at: row.floor_changed_at },
    position: row.epoch === null || row.seq === null ? null : { epoch: row.epoch, seq: row.seq },
  };
}
