import { memo, useEffect, useState } from "react";
import type { EventKind } from "../../../shared/contracts/market.ts";
import type { FeedState } from "../feed/feed-state.ts";
import type { TradeRow } from "../feed/trade-rows.ts";
import { shorten, words } from "../format/names.ts";
import { systemNow } from "../now.ts";
import { Amount } from "../ui/amount.tsx";
import { Failure } from "../ui/failure.tsx";
import { Moment } from "../ui/moment.tsx";
import { Segments } from "../ui/segments.tsx";
import { KIND_OPTIONS, type KindFilter } from "./kinds.ts";
import type { History } from "./use-history.ts";

/** The longest list that is drawn. */
const ROWS_SHOWN = 200;
/** A row that arrived within this time is marked. */
const FRESH_MS = 2_000;
/** The stream's first rows wait no longer than this for those of the database, which stand between them. */
const PATIENCE_MS = 3_000;

/** Kinds that have a price, so that none is worth a mark; and those that have two sides. */
const PRICED: ReadonlySet<EventKind> = new Set(["sale", "listing", "bid"]);
const CHANGES_HANDS: ReadonlySet<EventKind> = new Set(["sale", "transfer"]);

interface TradesProps {
  state: FeedState;
  kind: KindFilter;
  onKind(kind: KindFilter): void;
  history: History;
}

/** The newest events, live ones on top. */
export function TradesTable({ state, kind, onKind, history }: TradesProps) {
  const waits = usePatience(history.state === "loading");
  const rows = waits
    ? []
    : state.rows.filter((row) => kind === "all" || row.event.kind === kind).slice(0, ROWS_SHOWN);
  return (
    <section className="panel trades-panel" aria-label="Trades">
      <div className="panel-head">
        <h2>Trades</h2>
        <Segments legend="Kind of event" options={KIND_OPTIONS} value={kind} onChange={onKind} />
      </div>
      <Restarted state={state} />
      {history.state === "failed" && (
        <Failure what="Earlier trades" error={history.error} retry={history.reload} />
      )}
      {history.state === "behind" && (
        <p className="notice">The database is still taking in the newest events; they follow here.</p>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section className="trades-scroll" tabIndex={0} aria-label="List of trades">
        <table className="trades">
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Kind</th>
              <th scope="col">Token</th>
              <th scope="col">Price</th>
              <th scope="col">From → to</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <Trade key={row.key} row={row} />
            ))}
          </tbody>
        </table>
        {rows.length === 0 && (
          <p className="empty">
            {history.state === "loading" ? "Loading trades…" : "Nothing of this kind yet."}
          </p>
        )}
      </section>
    </section>
  );
}

/** Whether something is still being waited for. */
function usePatience(loading: boolean): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setOver(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, []);
  return loading && !over;
}

const Trade = memo(function Trade({ row }: { row: TradeRow }) {
  const { event } = row;
  const [fresh] = useState(() => row.arrived_at !== null && systemNow() - row.arrived_at < FRESH_MS);
  const about = `${event.quantity === "1" ? "Per item" : `Per item, ${event.quantity} items`}. Source: ${event.source}${event.simulated ? " (simulated)" : ""}`;
  return (
    <tr
      className={`${fresh ? "fresh" : ""} ${row.taken_back ? "taken-back" : ""}`}
      data-key={row.key}
      data-kind={event.kind}
    >
      <td>
        <Moment at={event.occurred_at} />
      </td>
      <td>
        <span
          className={`kind kind-${event.kind}`}
          title={row.taken_back ? "Taken back by a later event" : undefined}
        >
          {words(event.kind)}
          {row.taken_back && <span className="unseen">, taken back</span>}
        </span>
      </td>
      <td title={event.token_id ?? "Token not known"}>
        {event.token_id === null ? <Amount column value={null} /> : `#${shorten(event.token_id, 6, 3)}`}
      </td>
      <td>
        {event.price === null && !PRICED.has(event.kind) ? null : (
          <Amount column value={event.price} currency={event.currency} about={about} />
        )}
        {event.quantity !== "1" && <span className="quiet quantity"> ×{shorten(event.quantity, 5, 2)}</span>}
      </td>
      <td className="wallets">
        {(event.from !== null || CHANGES_HANDS.has(event.kind)) && <Wallet address={event.from} />}
        {(event.to !== null || CHANGES_HANDS.has(event.kind)) && (
          <>
            <span className="wallet-to"> → </span>
            <Wallet address={event.to} />
          </>
        )}
      </td>
    </tr>
  );
});

function Wallet({ address }: { address: string | null }) {
  if (address === null) return <Amount column value={null} />;
  return <span title={address}>{shorten(address, 6, 4)}</span>;
}

function Restarted({ state }: { state: FeedState }) {
  if (state.restarted === null) return null;
  const why = {
    epoch_changed: "the collection's numbering was restarted",
    log_pruned: "the page was away for longer than the stream keeps events",
    ahead_of_room: "the stream was set back",
  }[state.restarted];
  return (
    <p className="notice">
      The live stream could not resume ({why}). What is shown was reloaded from the database.
    </p>
  );
}
