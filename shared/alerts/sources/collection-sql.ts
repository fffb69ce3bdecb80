import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { readRows } from "../../db/rows.ts";
import { NOT_CORRECTED } from "../../market/event-row.ts";
import { lateListings } from "../../market/late-sql.ts";
import { isoTime } from "../../platform/clock.ts";
import type { SalePoint, ValuePoint } from "../engine/types.ts";
import type { Cursor } from "./cursor.ts";
import { COUNTED_AT_MS, msOf } from "./instant-sql.ts";
import { MOST_HISTORY } from "./source.ts";

const Ms = z.coerce.number();
const text = z.string().nullable();

const CollectionRow = z.object({
  id: z.string(),
  currency: text,
  supply: text,
  epoch: text,
  seq: z.coerce.number().nullable(),
  listed_count: z.number().nullable(),
  updated_at: Ms.nullable(),
});
export type CollectionRow = z.infer<typeof CollectionRow>;

/** What rules on a collection need to know of it, and where its room stood at its newest flush. */
export async function readCollection(db: Db, slug: string): Promise<CollectionRow | null> {
  const [row] = await readRows(
    db,
    sql`select c.id, c.currency, c.supply, s.epoch, s.seq, s.listed_count, ${msOf("s.updated_at")} as updated_at
      from collections c left join collection_state s on s.collection_id = c.id where c.slug = ${slug}`,
    CollectionRow,
  );
  return row ?? null;
}

const EventRow = z.object({
  epoch: z.string(),
  seq: z.coerce.number(),
  kind: z.string(),
  at: Ms,
  received_at: Ms,
  token_id: text,
  price: text,
  quantity: z.string(),
  from_address: text,
  to_address: text,
  floor_moved: z.boolean(),
  floor_price: text,
  counts: z.boolean(),
  corrects: z.boolean(),
});
export type EventRow = z.infer<typeof EventRow>;

/** Columns of `EventRow` of an event `e`; a price in another currency than the collection's is not known. */
const columns = (currency: string | null) => sql`e.epoch, e.seq, e.kind, ${COUNTED_AT_MS} as at,
  ${msOf("e.received_at")} as received_at, e.token_id,
  case when ${currency}::text is null or e.unit = ${currency} then e.price::text end as price,
  e.quantity::text as quantity, e.from_address, e.to_address, e.floor_change is not null as floor_moved,
  e.floor_change#>>'{floor,price}' as floor_price, ${NOT_CORRECTED} as counts,
  e.corrects_hash is not null as corrects`;

const after = ({ epoch, seq }: { epoch: string; seq: number }) =>
  sql`(e.epoch collate "C", e.seq) > (${epoch} collate "C", ${seq}::bigint)`;
const upTo = ({ epoch, seq }: { epoch: string; seq: number }) =>
  sql`(e.epoch collate "C", e.seq) <= (${epoch} collate "C", ${seq}::bigint)`;

/** The next events of a collection, oldest number first: those of the cursor's epoch, then of the one that follows. */
export async function readEvents(
  db: Db,
  { id, currency, epoch }: CollectionRow,
  cursor: Cursor,
  limit: number,
): Promise<EventRow[]> {
  const same = await readRows(
    db,
    sql`select ${columns(currency)} from market_events e
      where e.collection_id = ${id} and e.epoch = ${cursor.epoch} and e.seq > ${cursor.seq}::bigint
      order by e.seq limit ${limit}::int`,
    EventRow,
  );
  // Epochs change only where a room lost its storage; only then is it worth looking for others.
  if (same.length === limit || epoch === cursor.epoch) return same;
  const next = await readRows(
    db,
    sql`select ${columns(currency)} from market_events e
      where e.collection_id = ${id} and e.epoch collate "C" > ${cursor.epoch} collate "C"
      order by e.epoch collate "C", e.seq limit ${limit - same.length}::int`,
    EventRow,
  );
  return [...same, ...next];
}

/** The position just before the first event that was received at or after `since`; the newest where there is none. */
export async function positionBefore(
  db: Db,
  collection_id: string,
  since: number,
): Promise<{ epoch: string; seq: number } | null> {
  const [first] = await readRows(
    db,
    sql`select e.epoch, e.seq from market_events e
      where e.collection_id = ${collection_id} and e.received_at >= ${isoTime(since)}::timestamptz
      order by e.epoch collate "C", e.seq limit 1`,
    Position,
  );
  if (first !== undefined) return { epoch: first.epoch, seq: first.seq - 1 };
  const [last] = await readRows(
    db,
    sql`select epoch, seq from collection_state where collection_id = ${collection_id}`,
    Position,
  );
  return last ?? null;
}

const Position = z.object({ epoch: z.string(), seq: z.coerce.number() });

/** The newest instant of a collection's log up to a position, of its last hundred events; `null`: it has none. */
export async function newestInstant(
  db: Db,
  collection_id: string,
  { epoch, seq }: { epoch: string; seq: number },
): Promise<{ at: number; received_at: number } | null> {
  const [row] = await readRows(
    db,
    sql`select max(${COUNTED_AT_MS}) as at, max(${msOf("e.received_at")}) as received_at from (
        select * from market_events e where e.collection_id = ${collection_id} and e.epoch = ${epoch}
          and e.seq <= ${seq}::bigint order by e.seq desc limit 100) e`,
    z.object({ at: Ms.nullable(), received_at: Ms.nullable() }),
  );
  return row?.at == null || row.received_at === null ? null : { at: row.at, received_at: row.received_at };
}

export const toSale = (row: EventRow): SalePoint => ({
  at: row.at,
  price: row.price,
  items: row.quantity,
  token_id: row.token_id,
  buyer: row.to_address,
  seller: row.from_address,
});

/** Sales up to a position that happened after `from`, oldest first; `null`: more than can be held. */
export async function readSales(
  db: Db,
  { id, currency }: CollectionRow,
  cursor: Cursor,
  from: number,
): Promise<SalePoint[] | null> {
  const rows = await readRows(
    db,
    sql`select ${columns(currency)} from market_events e
      where e.collection_id = ${id} and e.kind = 'sale' and e.occurred_at > ${isoTime(from)}::timestamptz
        and ${upTo(cursor)} and ${NOT_CORRECTED}
      order by e.occurred_at desc, e.seq desc limit ${MOST_HISTORY + 1}::int`,
    EventRow,
  );
  return rows.length > MOST_HISTORY ? null : rows.reverse().map(toSale);
}

/** The newest sale at or before `from`; with `priced`, the newest whose price is known: what the last price was then. */
export async function readSaleBefore(
  db: Db,
  { id, currency }: CollectionRow,
  cursor: Cursor,
  { from, priced }: { from: number; priced: boolean },
): Promise<SalePoint | null> {
  const [row] = await readRows(
    db,
    sql`select ${columns(currency)} from market_events e
      where e.collection_id = ${id} and e.kind = 'sale' and e.occurred_at <= ${isoTime(from)}::timestamptz
        and (not ${priced}::boolean or (e.price is not null and (${currency}::text is null or e.unit = ${currency})))
        and ${upTo(cursor)} and ${NOT_CORRECTED}
      order by e.occurred_at desc, e.seq desc limit 1`,
    EventRow,
  );
  return row === undefined ? null : toSale(row);
}

/** The highest price per item of all sales before the UTC day of `from`, by the rollups; `null`: none is known. */
export async function readHigh(db: Db, { id, currency }: CollectionRow, day: number): Promise<string | null> {
  const [row] = await readRows(
    db,
    sql`select max(high)::text as high from rollups
      where collection_id = ${id} and grain = 'day' and unit = ${currency ?? ""} and bucket < ${isoTime(day)}::timestamptz`,
    z.object({ high: text }),
  );
  return row?.high ?? null;
}

/**
 * The floor's moves up to a position, from the one in force at `from` on, in the order of their numbers, with what is known
 * by then to have stood beside them since listings were told late; `null`: more than can be held. A listing that was made long ago and is learnt of now moves the floor now: none lies before the one that
 * went before it.
 */
export async function readFloors(
  db: Db,
  collection: CollectionRow,
  cursor: Cursor,
  from: number,
): Promise<ValuePoint[] | null> {
  const { id } = collection;
  const floors = (where: SQL, limit: number) =>
    readRows(
      db,
      sql`select coalesce(${msOf("f.known_at")}, ${COUNTED_AT_MS}) as at, f.price::text as price, f.epoch, f.seq from floor_changes f
        join market_events e using (collection_id, epoch, seq)
        where f.collection_id = ${id} and ${upTo(cursor)} and ${NOT_CORRECTED} and ${where} limit ${limit}::int`,
      FloorRow,
    );
  const newestFirst = sql.raw(`order by e.epoch collate "C" desc, e.seq desc`);
  const late = await readLateFloors(db, collection, cursor, from);
  const [first] = await floors(
    sql`f.at > ${isoTime(from)}::timestamptz order by e.epoch collate "C", e.seq`,
    1,
  );
  if (first === undefined) return byTime(inOrder(await floors(sql`true ${newestFirst}`, 1)), late);
  const since = await floors(
    sql`(${after(first)} or (e.epoch = ${first.epoch} and e.seq = ${first.seq}::bigint)) order by e.epoch collate "C", e.seq`,
    MOST_HISTORY + 1,
  );
  if (since.length > MOST_HISTORY) return null;
  const before = await floors(sql`not (${after({ ...first, seq: first.seq - 1 })}) ${newestFirst}`, 1);
  return byTime(inOrder([...before, ...since]), late);
}

const LateRow = z.object({ at: Ms, until: Ms, price: text, epoch: z.string(), seq: z.coerce.number() });
type LateRow = z.infer<typeof LateRow>;
/** The newest of more are looked at: each is compared with the floor at every evaluation. */
const MOST_LATE = 2000;

/** Listings that were told late, up to a position, and stood after `from`, with their prices. */
function readLateFloors(db: Db, collection: CollectionRow, cursor: Cursor, from: number): Promise<LateRow[]> {
  const span = { from: sql`${isoTime(from)}::timestamptz`, to: sql`'infinity'::timestamptz` };
  return selectLate(
    db,
    collection,
    sql`(${lateListings(sql`${collection.id}`, span)}) e where ${upTo(cursor)}`,
  );
}

/** Those of events that were just read. */
export function readLateAmong(db: Db, collection: CollectionRow, rows: EventRow[]): Promise<LateRow[]> {
  const places = JSON.stringify(rows.map(({ epoch, seq }) => ({ epoch, seq })));
  const always = { from: sql`'-infinity'::timestamptz`, to: sql`'infinity'::timestamptz` };
  // One look into the index for each.
  const among = sql`(select t.* from json_to_recordset(${places}::json) as i(epoch text, seq bigint)
    cross join lateral (select * from late_listings t
      where t.collection_id = ${collection.id} and t.epoch = i.epoch and t.seq = i.seq offset 0) t)`;
  const late = lateListings(sql`${collection.id}`, always, among);
  return selectLate(db, collection, sql`(${late}) e where true`);
}

function selectLate(db: Db, { currency }: CollectionRow, late: SQL): Promise<LateRow[]> {
  return readRows(
    db,
    sql`select ${msOf("e.at")} as at, ${msOf("e.until")} as until, e.price::text as price, e.epoch, e.seq
      from ${late} and e.until > e.at and (${currency}::text is null or e.unit = ${currency})
      order by e.at desc limit ${MOST_LATE}::int`,
    LateRow,
  );
}

/** By when each came to stand: whoever goes through them meets what stood at each instant. */
const byTime = (floors: ValuePoint[], late: LateRow[]): ValuePoint[] =>
  [...floors, ...late.map(toLate)].sort((one, other) => one.at - other.at);

export const toLate = ({ at, until, price }: LateRow): ValuePoint => ({ at, value: price, until });

const FloorRow = z.object({ at: Ms, price: text, epoch: z.string(), seq: z.coerce.number() });

function inOrder(rows: z.infer<typeof FloorRow>[]): ValuePoint[] {
  let newest = Number.NEGATIVE_INFINITY;
  return rows.map(({ at, price }) => {
    newest = Math.max(newest, at);
    return { at: newest, value: price };
  });
}
