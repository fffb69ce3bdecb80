import type { Position, SnapshotFrame } from "../../../shared/contracts/live.ts";
import type { MarketEvent } from "../../../shared/contracts/market.ts";
import type { LiveState, ResetNotice } from "../live/live-types.ts";
import { NO_QUOTE, type Quote, quoteAfter, quoteAtSnapshot } from "./quote.ts";
import { mergeRows, type TradeRow } from "./trade-rows.ts";

export const NOT_CONNECTED: LiveState = {
  phase: "connecting",
  reason: "starting",
  retry_at: null,
  attempt: 0,
};

/** One collection as the page shows it. */
export interface FeedState {
  connection: LiveState;
  quote: Quote;
  rows: TradeRow[];
  /** Where the stream began, or began anew: what is before it comes from the database. */
  began_at: Position | null;
  /** Set when the stream could not go on where it was. */
  restarted: ResetNotice["reason"] | null;
}

export const EMPTY_FEED: FeedState = {
  connection: NOT_CONNECTED,
  quote: NO_QUOTE,
  rows: [],
  began_at: null,
  restarted: null,
};

/** After a reset the rows go: between them and the snapshot there is a hole that nobody could see. */
export function applySnapshot(
  state: FeedState,
  snapshot: SnapshotFrame,
  reset: ResetNotice | null,
): FeedState {
  return {
    ...state,
    quote: quoteAtSnapshot(state.quote, snapshot),
    rows: mergeRows(reset ? [] : state.rows, snapshot.last_sales, null),
    began_at: { epoch: snapshot.epoch, seq: snapshot.seq },
    restarted: reset?.reason ?? state.restarted,
  };
}

export function applyEvents(state: FeedState, events: MarketEvent[], now: number): FeedState {
  const rows = mergeRows(state.rows, events, now);
  const standing = () => rows.filter((row) => !row.taken_back).map((row) => row.event);
  return { ...state, rows, quote: quoteAfter(state.quote, events, standing) };
}

/** Events read from the database. */
export function applyHistory(state: FeedState, events: MarketEvent[]): FeedState {
  const rows = mergeRows(state.rows, events, null);
  return rows === state.rows ? state : { ...state, rows };
}
