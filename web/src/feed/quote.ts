import type { LiveVolume, SnapshotFrame } from "../../../shared/contracts/live.ts";
import type { Floor, FloorCause, MarketEvent } from "../../../shared/contracts/market.ts";
import { unitOf } from "../../../shared/domain/unit.ts";

export interface FloorView {
  /** `null`: no open listing is known. */
  floor: Floor | null;
  /** Why it moved last, where that has been seen. */
  cause: FloorCause | null;
  changed_at: string | null;
  /** When the newest event came that it is of; connecting later does not make it younger. `null`: none is known. */
  as_of: string | null;
}

export interface LastPrice {
  price: string;
  currency: string | null;
  source: string;
  at: string;
}

/** A collection's figures as the live stream told them. `null`: not known (yet). */
export interface Quote {
  simulated: boolean | null;
  /** What the collection's prices are counted in; `null`: not known (yet). */
  unit: string | null;
  floor: FloorView | null;
  last_price: LastPrice | null;
  volume: (LiveVolume & { as_of: string }) | null;
  /** Sales and corrections received live: figures of the database move with them. */
  sales_seen: number;
}

export const NO_QUOTE: Quote = {
  simulated: null,
  unit: null,
  floor: null,
  last_price: null,
  volume: null,
  sales_seen: 0,
};

export function quoteAtSnapshot(quote: Quote, snapshot: SnapshotFrame): Quote {
  const { as_of, floor, floor_change, figures } = snapshot;
  // A listing that ran out a moment ago is gone from the floor before its change is told.
  const told = floor_change?.floor?.order_id === floor?.order_id;
  return {
    ...quote,
    simulated: snapshot.simulated,
    unit: figures.last_price.currency ?? figures.floor.currency ?? quote.unit,
    floor: {
      floor: inUnit(floor),
      cause: (told && floor_change?.cause) || null,
      changed_at: (told && floor_change?.at) || null,
      as_of: newestTime([
        quote.floor?.as_of,
        floor_change?.at,
        floor?.listed_at,
        figures.last_price.as_of,
        ...snapshot.last_sales.map(({ received_at }) => received_at),
      ]),
    },
    volume: { ...snapshot.volume, as_of },
    last_price: priceAtSnapshot(snapshot),
  };
}

/** `standing`: the events that are known and not taken back, to look for the last sale after a correction. */
export function quoteAfter(quote: Quote, events: MarketEvent[], standing: () => MarketEvent[]): Quote {
  const moved = events.filter((event) => event.kind === "sale" || event.corrects !== null);
  const corrected = moved.some((event) => event.corrects !== null);
  const unit = quote.unit ?? firstUnit(events);
  return {
    ...quote,
    simulated: quote.simulated === true || events.some((event) => event.simulated),
    unit,
    floor: newestFloor(quote.floor, events),
    last_price: corrected ? newestPrice(standing(), unit, null) : newestPrice(events, unit, quote.last_price),
    sales_seen: quote.sales_seen + moved.length,
  };
}

/** Events arrive in the order of their numbers, and so do the moves of the floor. */
function newestFloor(known: FloorView | null, events: MarketEvent[]): FloorView | null {
  let view = known;
  for (const { floor_change, received_at } of events) {
    if (floor_change) {
      const { floor, cause, at } = floor_change;
      view = { floor: inUnit(floor), cause, changed_at: at, as_of: received_at };
    } else if (view && (view.as_of === null || view.as_of < received_at))
      view = { ...view, as_of: received_at };
  }
  return view;
}

/** The room looks further back than the sales that it shows. */
function priceAtSnapshot({ last_price: price, figures, as_of }: SnapshotFrame): LastPrice | null {
  const { currency, sources, as_of: at } = figures.last_price;
  return price === null ? null : { price, currency, source: sources.join(", "), at: at ?? as_of };
}

/** Wrapped coins count as what they wrap, as in the figures of the database. */
function inUnit(floor: Floor | null): Floor | null {
  return floor && { ...floor, currency: floor.currency && unitOf(floor.currency) };
}

/** The unit of a collection is that of its first price. */
function firstUnit(events: MarketEvent[]): string | null {
  const priced = events.find(({ kind, price }) => price !== null && (kind === "sale" || kind === "listing"));
  return priced?.currency == null ? null : unitOf(priced.currency);
}

function newestTime(times: (string | null | undefined)[]): string | null {
  return times.reduce<string | null>((newest, time) => {
    if (time == null) return newest;
    return newest === null || time > newest ? time : newest;
  }, null);
}

/** Whether a price can be compared with others of a collection that counts in `unit`. */
export function countsIn(unit: string | null, currency: string | null): boolean {
  return unit === null || (currency !== null && unitOf(currency) === unit);
}

/** The newest sale by the time it happened, in the collection's unit: one that arrives late is no news. */
function newestPrice(events: MarketEvent[], unit: string | null, known: LastPrice | null): LastPrice | null {
  let newest = known;
  for (const { kind, price, currency, source, occurred_at } of events) {
    if (kind !== "sale" || price === null || !countsIn(unit, currency)) continue;
    if (newest === null || occurred_at >= newest.at)
      newest = { price, currency: unit ?? currency, source, at: occurred_at };
  }
  return newest;
}
