import { useEffect, useState } from "react";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { NotificationLevel } from "../../../shared/contracts/notifications.ts";
import { Failure } from "../ui/failure.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { usePages } from "../use-pages.ts";
import { type HistoryFilter, historyAddress } from "./addresses.ts";
import { AlertRow } from "./alert-row.tsx";
import { AlertPage } from "./shapes.ts";

const EVERYTHING: HistoryFilter = { level: "", collection: "" };
const PAUSE_MS = 300;

interface HistoryProps {
  /** Grows when an alert has changed. */
  changes: number;
  metrics: ReadonlyMap<string, MetricDefinition>;
}

/** What is over, newest first. */
export function AlertHistory({ changes, metrics }: HistoryProps) {
  const [filter, setFilter] = useState(EVERYTHING);
  const [typed, setTyped] = useState("");
  const history = usePages(historyAddress(filter), AlertPage);
  const { items, reload } = history;
  useEffect(() => {
    if (changes === 0) return;
    const timer = setTimeout(reload, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [changes, reload]);
  useEffect(() => {
    const timer = setTimeout(
      () =>
        setFilter((last) =>
          last.collection === typed.trim() ? last : { ...last, collection: typed.trim() },
        ),
      PAUSE_MS,
    );
    return () => clearTimeout(timer);
  }, [typed]);
  const filtered = filter.level !== "" || filter.collection !== "";
  return (
    <section className="card" aria-label="History of alerts">
      <div className="card-head">
        <h2>History</h2>
        <search className="history-filter">
          <label>
            <span>Level</span>
            <select
              className="field"
              value={filter.level}
              onChange={({ currentTarget }) => setFilter({ ...filter, level: currentTarget.value })}
            >
              <option value="">All levels</option>
              {NotificationLevel.options.map((level) => (
                <option key={level}>{level}</option>
              ))}
            </select>
          </label>
          <label>
            <span>Collection</span>
            <input
              className="field"
              type="search"
              placeholder="All collections"
              value={typed}
              onChange={({ currentTarget }) => setTyped(currentTarget.value)}
            />
          </label>
        </search>
      </div>
      {history.error !== null && <Failure what="The history" error={history.error} retry={reload} />}
      {items === null && history.error === null && <p className="quiet">Loading the history…</p>}
      {items?.length === 0 && (
        <p className="quiet">{filtered ? "Nothing that matches has ended." : "Nothing has ended yet."}</p>
      )}
      <ul className="rows" hidden={!items?.length}>
        {items?.map((alert) => (
          <AlertRow key={alert.id} alert={alert} metric={metrics.get(alert.metric)} />
        ))}
      </ul>
      <MoreButton more={history.more} error={history.moreError} label="Show older ones" />
    </section>
  );
}
