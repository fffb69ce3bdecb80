import type { Db } from "../../db/client.ts";
import { compareMoney, divideMoney, multiplyMoney } from "../../domain/money.ts";
import type { Ctx } from "../../platform/ctx.ts";
import { fingerprintOf, isKnownNowOnly, METRICS } from "../catalogue.ts";
import type { MetricPoint } from "../engine/signals/point.ts";
import type { SalePoint, ValuePoint } from "../engine/types.ts";
import { collectionEngine } from "../wake-alerts.ts";
import { MARKET_METRICS } from "../watched-sql.ts";
import {
  type CollectionRow,
  type EventRow,
  newestInstant,
  positionBefore,
  readCollection,
  readEvents,
  readFloors,
  readHigh,
  readLateAmong,
  readSaleBefore,
  readSales,
  toLate,
  toSale,
} from "./collection-sql.ts";
import { type Cursor, dropCursor, moveCursor, readCursor } from "./cursor.ts";
import {
  type History,
  type Need,
  ROUND_ENTRIES,
  type Source,
  type SourceRound,
  type Stream,
} from "./source.ts";

type SourceCtx = Pick<Ctx, "db" | "now">;
const DAY_MS = 86_400_000;
const TOO_MUCH: History = {
  error: "Its window holds more than 50,000 events of this collection; choose a shorter one.",
};

/** A collection's events, as a source of `market.*`. */
export function collectionSource(ctx: SourceCtx, slug: string): Source {
  const source = `collection:${slug}`;
  return {
    name: source,
    engine: collectionEngine(slug),
    user_id: null,
    metrics: MARKET_METRICS,
    subject: slug,
    labels: { collection: slug },
    read: (asked) => readRound(ctx, source, slug, asked),
    forget: () => dropCursor(ctx.db, source),
  };
}

async function readRound(
  { db, now }: SourceCtx,
  source: string,
  slug: string,
  { since, newest }: { since: number; newest: number },
): Promise<SourceRound | null> {
  const [collection, before] = await Promise.all([readCollection(db, slug), readCursor(db, source)]);
  if (collection === null || collection.epoch === null) return null;
  const start = before ?? (await firstCursor({ db }, collection, since));
  const rows = await readEvents(db, collection, start, ROUND_ENTRIES);
  const last = rows.at(-1) ?? start;
  // The room may stand behind its last event in the log: what Postgres refused for good is in neither.
  const more = rows.length === ROUND_ENTRIES;
  const upTo = !more && collection.epoch === last.epoch ? (collection.seq ?? 0) : 0;
  const logged = await newestInstant(db, collection.id, start);
  return {
    // What was corrected moves no clock.
    entries: rows.map(({ at, received_at, counts, corrects }) => ({
      at: counts ? at : (logged?.at ?? at),
      received_at,
      corrects,
    })),
    streams: await marketStreams(slug, collection, {
      rows,
      logged: logged?.at ?? null,
      late: await lateOf(db, collection, rows),
    }),
    currency: collection.currency,
    unit: null,
    clock: start.clock,
    logged,
    begins: before === null || before.updated_at < newest,
    more,
    settles_at: null,
    readHistory: (needs) => readHistories(db, collection, start, needs),
    move: (tx, clock) => {
      const after = { epoch: last.epoch, seq: Math.max(last.seq, upTo), clock };
      return moveCursor(tx, source, { before, after, now: now() });
    },
  };
}

/** Where a collection is looked at from when no rule looked at it before: its clock is that of what it had then. */
async function firstCursor(
  { db }: Pick<SourceCtx, "db">,
  collection: CollectionRow,
  since: number,
): Promise<Cursor> {
  const position = (await positionBefore(db, collection.id, since)) ?? { epoch: "", seq: 0 };
  const newest = await newestInstant(db, collection.id, position);
  return { ...position, clock: newest?.at ?? since };
}

async function marketStreams(slug: string, collection: CollectionRow, log: NewLog): Promise<Stream[]> {
  const labels = { collection: slug };
  const fingerprint = await fingerprintOf(labels);
  const floors = floorsOf(log);
  return METRICS.filter(({ owner }) => owner === "everyone").map((definition) => ({
    ...{ definition, labels, fingerprint },
    points:
      definition.name === "market.floor"
        ? floors
        : log.rows.flatMap((row, index) => {
            const point = salePointOf(definition.name, row);
            return point === null ? [] : [{ index, point }];
          }),
    present: isKnownNowOnly(definition) ? { point: listedShare(collection) } : null,
  }));
}

/** What is new in a collection's log. */
interface NewLog {
  rows: EventRow[];
  /** The newest instant before them. */
  logged: number | null;
  /** Listings among them that stood before they were told, by `placeOf`. */
  late: ReadonlyMap<string, ValuePoint>;
}

const placeOf = ({ epoch, seq }: { epoch: string; seq: number }) => `${epoch} ${seq}`;

async function lateOf(db: Db, collection: CollectionRow, rows: EventRow[]): Promise<NewLog["late"]> {
  const listings = rows.filter(
    ({ kind, counts, floor_moved }) => kind === "listing" && counts && !floor_moved,
  );
  if (listings.length === 0) return new Map();
  const late = await readLateAmong(db, collection, listings);
  return new Map(late.map((row) => [placeOf(row), toLate(row)]));
}

/** A listing that was made long ago and is learnt of now moves the floor now: none lies before what the log had. */
function floorsOf({ rows, logged, late }: NewLog): Stream["points"] {
  let newest = logged ?? Number.NEGATIVE_INFINITY;
  return rows.flatMap((row, index) => {
    const { counts, at, floor_moved, floor_price } = row;
    if (!counts) return [];
    newest = Math.max(newest, at);
    const stood = late.get(placeOf(row));
    if (stood !== undefined) return [{ index, point: stood }];
    return floor_moved ? [{ index, point: { at: newest, value: floor_price } }] : [];
  });
}

function salePointOf(metric: string, row: EventRow): MetricPoint | null {
  if (!row.counts || row.kind !== "sale" || metric === "market.listed_share") return null;
  if (metric !== "market.last_price") return toSale(row);
  return row.price === null ? null : { at: row.at, value: row.price };
}

/** Known for the moment of the newest flush only. */
function listedShare({ supply, listed_count, updated_at }: CollectionRow): ValuePoint | null {
  if (supply === null || Number(supply) === 0 || listed_count === null || updated_at === null) return null;
  const share = divideMoney(multiplyMoney(String(listed_count), "100"), supply, { scale: 6 });
  return { at: updated_at, value: share };
}

/** What was before a position, for each need. */
export async function readHistories(
  db: Db,
  collection: CollectionRow,
  cursor: Cursor,
  needs: readonly Need[],
): Promise<History[]> {
  const ofSales = needs.filter(({ stream }) => !NOT_OF_SALES.has(stream.definition.name));
  const sales = await widestSales(db, collection, cursor, ofSales.map(reachOf));
  const histories: History[] = [];
  for (const need of needs) {
    const { stream, from } = need;
    if (stream.definition.name === "market.listed_share") histories.push({ points: [], high: null });
    else if (stream.definition.name === "market.floor") {
      const points = await readFloors(db, collection, cursor, from);
      histories.push(points === null ? TOO_MUCH : { points, high: null });
    } else if (sales === null || reachOf(need) < sales.from) histories.push(TOO_MUCH);
    else histories.push(await historyOfSales(db, collection, cursor, need, sales.points));
  }
  return histories;
}

const NOT_OF_SALES = new Set(["market.floor", "market.listed_share"]);

/** The sales after the earliest of these instants from which they can be held. */
async function widestSales(
  db: Db,
  collection: CollectionRow,
  cursor: Cursor,
  froms: number[],
): Promise<{ from: number; points: SalePoint[] } | null> {
  for (const from of [...new Set(froms)].sort((left, right) => left - right)) {
    const points = await readSales(db, collection, cursor, from);
    if (points !== null) return { from, points };
  }
  return null;
}

const dayOf = (instant: number) => Math.floor(instant / DAY_MS) * DAY_MS;
/** Highest prices are kept by day: what lies between is read. */
const reachOf = ({ high, from }: Need) => (high ? dayOf(from) : from);

async function historyOfSales(
  db: Db,
  collection: CollectionRow,
  cursor: Cursor,
  { stream, from, one_before, high }: Need,
  sales: SalePoint[],
): Promise<History> {
  const priced = stream.definition.name === "market.last_price";
  const before = one_before ? await readSaleBefore(db, collection, cursor, { from, priced }) : null;
  const after = sales.filter(({ at, price }) => at > from && !(priced && price === null));
  const points = before === null ? after : [before, ...after];
  if (!high) return { points, high: null };
  const day = dayOf(from);
  const earlier = sales.flatMap(({ at, price }) => (at > day && at <= from && price !== null ? [price] : []));
  const known = await readHigh(db, collection, day);
  const prices = known === null ? earlier : [known, ...earlier];
  return { points, high: prices.length === 0 ? null : prices.reduce(higherOf) };
}

const higherOf = (one: string, other: string) => (compareMoney(other, one) > 0 ? other : one);
