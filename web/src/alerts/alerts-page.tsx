import { useCallback, useEffect, useRef, useState } from "react";
import type { Alert } from "../../../shared/contracts/alerts.ts";
import { Connection } from "../ui/connection.tsx";
import { Failure } from "../ui/failure.tsx";
import { Link } from "../ui/link.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { Hold, Staged } from "../ui/staged.tsx";
import { usePages } from "../use-pages.ts";
import { AcknowledgeMany } from "./acknowledge-many.tsx";
import { ACTIVE_ALERTS, QUIET_ALERTS } from "./addresses.ts";
import { AlertHistory } from "./alert-history.tsx";
import { AlertRow } from "./alert-row.tsx";
import { AlertsHead } from "./alerts-head.tsx";
import { standingAlerts } from "./merge-alerts.ts";
import { OwnHosts } from "./own-hosts.tsx";
import { AlertPage } from "./shapes.ts";
import { useAlertCounts } from "./use-alert-counts.ts";
import { useCatalogue } from "./use-catalogue.ts";
import { useUserAlerts } from "./use-user-alerts.ts";

/** What stands and what is over, live. */
export function AlertsPage({ mayWrite }: { mayWrite: boolean }) {
  const live = useUserAlerts();
  const actives = usePages(ACTIVE_ALERTS, AlertPage);
  const others = usePages(QUIET_ALERTS, AlertPage);
  const { counts, recount } = useAlertCounts(live.changes + live.begins);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const { metrics } = useCatalogue();
  const [done, setDone] = useState({ words: "", count: 0 });
  const heading = useRef<HTMLHeadingElement>(null);
  const { begins, forget } = live;
  const [reloadActives, reloadOthers] = [actives.reload, others.reload];
  const reload = useCallback(() => {
    reloadActives();
    reloadOthers();
  }, [reloadActives, reloadOthers]);
  useEffect(() => {
    if (begins > 0) reload();
  }, [begins, reload]);
  const readSince = Math.min(actives.asked_at, others.asked_at);
  useEffect(() => forget(readSince), [readSince, forget]);
  // After the dialog gave the focus back to a button that may be gone with its alert.
  useEffect(() => {
    if (done.count > 0) heading.current?.focus();
  }, [done.count]);
  const error = actives.error ?? others.error;
  const standing =
    actives.items === null || others.items === null
      ? null
      : standingAlerts([...actives.items, ...others.items], live.told);
  const onShow = (standing ?? []).flatMap(({ id, state }) => (state === "active" ? [id] : []));
  // What was not read yet is known by the server's count only; what was is known live.
  const active = actives.complete ? onShow.length : Math.max(counts?.active ?? 0, onShow.length);
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const onDone = (alert: Alert | null, words: string) => {
    setDone(({ count }) => ({ words, count: count + 1 }));
    recount();
    if (alert === null) reload();
    else live.learn([alert]);
  };
  return (
    <>
      <AlertsHead title="Alerts" mayWrite={mayWrite}>
        <Connection state={live.connection} retry={live.retry} />
      </AlertsHead>
      <p role="status" className={done.words === "" ? "unseen" : "form-done alerts-said"}>
        {done.words}
      </p>
      <p aria-live="polite" className="unseen">
        {live.announcement}
      </p>
      <Staged while="Loading alerts…">
        <Hold settled={standing !== null || error !== null} />
        {error !== null && <Failure what="The alerts" error={error} retry={reload} />}
        {standing !== null && (
          <section className="card" aria-label="Current alerts">
            <h2 ref={heading} tabIndex={-1}>
              {active === 0 ? "Nothing is active" : active === 1 ? "1 is active" : `${active} are active`}
            </h2>
            {standing.length === 0 && <Quiet mayWrite={mayWrite} />}
            {mayWrite && onShow.length > 1 && (
              <AcknowledgeMany
                active={onShow}
                chosen={chosen}
                complete={active <= onShow.length}
                onChoose={(ids) => setChosen(new Set(ids))}
                onDone={(words) => {
                  setChosen(new Set());
                  onDone(null, words);
                }}
              />
            )}
            <ul className="rows" hidden={standing.length === 0}>
              {standing.map((alert) => (
                <AlertRow
                  key={alert.id}
                  alert={alert}
                  metric={metrics.get(alert.metric)}
                  onDone={mayWrite ? onDone : undefined}
                  choice={
                    mayWrite && onShow.length > 1 && alert.state === "active"
                      ? { chosen: chosen.has(alert.id), toggle: () => toggle(alert.id) }
                      : undefined
                  }
                />
              ))}
            </ul>
            {active > onShow.length && (
              <p className="quiet">
                {onShow.length} of {active} are shown.
              </p>
            )}
            <MoreButton more={actives.more} error={actives.moreError} label="Show more active alerts" />
            <MoreButton
              more={others.more}
              error={others.moreError}
              label="Show more acknowledged and pending alerts"
            />
          </section>
        )}
        <OwnHosts />
        <AlertHistory changes={live.changes + live.begins} metrics={metrics} />
      </Staged>
    </>
  );
}

function Quiet({ mayWrite }: { mayWrite: boolean }) {
  return (
    <p className="quiet">
      Alerts from your rules appear here. <Link to="/alerts/rules">Look at your rules</Link>
      {mayWrite && (
        <>
          {" "}
          or <Link to="/alerts/new">make one</Link>
        </>
      )}
      .
    </p>
  );
}
