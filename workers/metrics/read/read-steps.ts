import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { readRows } from "../../../shared/db/rows.ts";
import { canonicalMoney, compareMoney, divideMoney } from "../../../shared/domain/money.ts";
import { lateListings } from "../../../shared/market/late-sql.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Grid } from "./grid.ts";
import { grainOf } from "./read-sales.ts";

interface Collection {
  id: string;
  currency: string | null;
}

const Amount = z.string().transform(canonicalMoney).nullable();

const FloorRow = z.object({
  step: z.coerce.number(),
  epoch: z.string(),
  seq: z.coerce.number(),
  price: Amount,
  unit: z.string().nullable(),
  listed_at: z.string().nullable(),
});
type FloorRow = z.infer<typeof FloorRow>;

/** Epochs sort as bytes, in which they were made. */
const isNewer = (row: FloorRow, than: FloorRow) =>
  row.epoch > than.epoch || (row.epoch === than.epoch && row.seq > than.seq);

/**
 * The floor in force at each time: by number the newest of the changes up to then, as everywhere. Where that leads to a
 * listing that was made only after, what stood then is not known; nor is it in another currency than the collection's. A
 * listing that was told late and stood then counts where none was lower.
 */
export async function readFloorValues(db: Db, { id, currency }: Collection, { times, step }: Grid) {
  const first = times[0] ?? 0;
  const last = times.at(-1) ?? 0;
  const columns = sql`epoch, seq, price::text, unit, floor->>'listed_at' as listed_at`;
  const newestFirst = sql.raw(`epoch collate "C" desc, seq desc`);
  const [before, moves, late] = await Promise.all([
    readRows(
      db,
      sql`select 0 as step, ${columns} from floor_changes
        where collection_id = ${id} and at <= ${isoTime(first)}::timestamptz order by ${newestFirst} limit 1`,
      FloorRow,
    ),
    readRows(
      db,
      sql`select distinct on (step) step, ${columns} from (
          select *, ceil(extract(epoch from at) * 1000 / ${step}::bigint) as step from floor_changes
          where collection_id = ${id} and at > ${isoTime(first)}::timestamptz and at <= ${isoTime(last)}::timestamptz) f
        order by step, ${newestFirst}`,
      FloorRow,
    ),
    readLate(db, { id, currency }, { first, last }),
  ]);
  const byStep = new Map(moves.map((row) => [row.step, row]));
  let floor: FloorRow | null = before[0] ?? null;
  return times.map((time) => {
    const moved = byStep.get(time / step);
    if (moved !== undefined && (floor === null || isNewer(moved, floor))) floor = moved;
    const told = floor === null || floor.unit !== currency ? null : priceAt(floor, time);
    if (floor !== null && floor.unit !== null && floor.unit !== currency) return null;
    const stood = late.flatMap(({ at, until, price }) => (at <= time && time < until ? [price] : []));
    return [...stood, ...(told === null ? [] : [told])].reduce<string | null>(lowerOf, null);
  });
}

const priceAt = ({ listed_at, price }: FloorRow, time: number) =>
  listed_at !== null && Date.parse(listed_at) > time ? null : price;
const lowerOf = (one: string | null, other: string) =>
  one === null || compareMoney(other, one) < 0 ? other : one;

const LateRow = z.object({
  at: z.coerce.number(),
  until: z.coerce.number(),
  price: z.string().transform(canonicalMoney),
});
/** The newest of more are looked at: each is compared with every point. */
const MOST_LATE = 2000;

/** Listings in the collection's currency that were told late and stood at some time of a span. */
function readLate(db: Db, { id, currency }: Collection, { first, last }: { first: number; last: number }) {
  const span = { from: sql`${isoTime(first)}::timestamptz`, to: sql`${isoTime(last + 1)}::timestamptz` };
  return readRows(
    db,
    sql`select extract(epoch from l.at) * 1000 as at, extract(epoch from l.until) * 1000 as until, l.price::text as price
      from (${lateListings(sql`${id}`, span)}) l where l.unit = ${currency ?? ""} and l.until > l.at
      order by l.at desc limit ${MOST_LATE}::int`,
    LateRow,
  );
}

const CloseRow = z.object({ step: z.coerce.number(), close: Amount });

/** The price of the newest sale before each time, in the collection's currency. */
export async function readLastPrices(db: Db, { id, currency }: Collection, { times, step, stretch }: Grid) {
  const first = isoTime(times[0] ?? 0);
  const last = isoTime(times.at(-1) ?? 0);
  const of = sql`collection_id = ${id} and grain = ${grainOf(stretch)} and unit = ${currency ?? ""} and close is not null`;
  const [before, closes] = await Promise.all([
    readRows(
      db,
      sql`select 0 as step, close::text from rollups where ${of} and bucket < ${first}::timestamptz
        order by bucket desc limit 1`,
      CloseRow,
    ),
    readRows(
      db,
      sql`select distinct on (step) step, close::text from (
          select *, floor(extract(epoch from bucket) * 1000 / ${step}::bigint) + 1 as step from rollups
          where ${of} and bucket >= ${first}::timestamptz and bucket < ${last}::timestamptz) r
        order by step, bucket desc`,
      CloseRow,
    ),
  ]);
  const byStep = new Map(closes.map(({ step: at, close }) => [at, close]));
  let price = before[0]?.close ?? null;
  return times.map((time) => {
    price = byStep.get(time / step) ?? price;
    return price;
  });
}

const StateRow = z.object({ listed: z.string(), supply: z.string() });

/** How much of the supply is listed now: of no time before is it known. */
export async function readListedShare(db: Db, { id }: Collection, { times }: Grid) {
  const [state] = await readRows(
    db,
    sql`select s.listed_count::text as listed, c.supply::text as supply
      from collections c join collection_state s on s.collection_id = c.id where c.id = ${id} and c.supply > 0`,
    StateRow,
  );
  if (state === undefined) return times.map(() => null);
  const share = divideMoney(`${state.listed}00`, state.supply);
  return times.map(() => share);
}
