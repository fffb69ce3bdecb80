import type { EventKind, MarketEvent } from "../../../shared/contracts/market.ts";

/** Rows kept of each kind: a flood of bids must not push the sales out. */
export const ROWS_PER_KIND = 200;

export interface TradeRow {
  key: string;
  event: MarketEvent;
  /** When it arrived live, in milliseconds; `null` for what was read from history. */
  arrived_at: number | null;
  /** A later event took it back or replaced it. */
  taken_back: boolean;
}

/** Puts events among the rows, newest number first; what is there already stays as it is. */
export function mergeRows(rows: TradeRow[], events: MarketEvent[], arrivedAt: number | null): TradeRow[] {
  const byKey = new Map(rows.map((row) => [row.key, row]));
  for (const event of events) {
    const key = `${event.epoch}:${event.seq}`;
    if (!byKey.has(key)) byKey.set(key, { key, event, arrived_at: arrivedAt, taken_back: false });
  }
  if (byKey.size === rows.length) return rows;
  return markTakenBack(keepNewest([...byKey.values()].sort(byNewest)));
}

/** Numbers order the events of an epoch; between epochs only the time of arrival does. */
function byNewest(left: TradeRow, right: TradeRow): number {
  const [a, b] = [left.event, right.event];
  if (a.epoch === b.epoch) return b.seq - a.seq;
  return b.received_at.localeCompare(a.received_at) || b.epoch.localeCompare(a.epoch);
}

function keepNewest(rows: TradeRow[]): TradeRow[] {
  const counts = new Map<EventKind, number>();
  return rows.filter(({ event }) => {
    const count = (counts.get(event.kind) ?? 0) + 1;
    counts.set(event.kind, count);
    return count <= ROWS_PER_KIND;
  });
}

/**
 * A key comes again after what it named was taken back, as when a chain re-organises: a correction that says what it
 * takes out is of an event before it.
 */
function markTakenBack(rows: TradeRow[]): TradeRow[] {
  const corrections = Map.groupBy(
    rows.filter(({ event }) => event.corrects !== null),
    ({ event }) => event.corrects,
  );
  if (corrections.size === 0) return rows;
  const isTakenBack = (row: TradeRow) =>
    corrections
      .get(row.event.event_key)
      ?.some((by) => by !== row && (by.event.corrected.length === 0 || byNewest(by, row) < 0));
  return rows.map((row) => (row.taken_back || !isTakenBack(row) ? row : { ...row, taken_back: true }));
}
