import { useEffect, useRef, useState } from "react";
import type { Alert } from "../../../shared/contracts/alerts.ts";
import type { MonitoringOverview } from "../../../shared/contracts/monitoring.ts";
import { AlertHistory } from "../alerts/alert-history.tsx";
import { type Told, takeTold } from "../alerts/merge-alerts.ts";
import { useCatalogue } from "../alerts/use-catalogue.ts";
import { useMe } from "../session/me.tsx";
import { useSignInWhenRefused } from "../session/use-sign-in-when-refused.ts";
import { useSignInWhenSignedOut } from "../session/use-sign-in-when-signed-out.ts";
import { Connection } from "../ui/connection.tsx";
import { Failure } from "../ui/failure.tsx";
import { PageHeading } from "../ui/heading.tsx";
import { Link } from "../ui/link.tsx";
import { Age } from "../ui/moment.tsx";
import { Staged } from "../ui/staged.tsx";
import { AWAY } from "./away.ts";
import { Components, StatusWord } from "./components.tsx";
import { Hosts } from "./hosts.tsx";
import { KeySeries } from "./key-series.tsx";
import { StandingAlerts } from "./standing-alerts.tsx";
import { useOverview } from "./use-overview.ts";

/** How the platform does, for whoever may see it. */
export default function MonitoringPage() {
  useSignInWhenSignedOut();
  const { data, error, reload } = useMe();
  if (error !== null) return <Failure what="Your account" error={error} retry={reload} />;
  if (data === null) return <p className="empty loading">Loading…</p>;
  if (!data.permissions.includes("monitoring:read"))
    return (
      <div className="empty">
        <PageHeading title="Monitoring" />
        <p>
          The state of the platform is shown to whoever runs it; your role does not include that. What
          concerns you is under <Link to="/alerts">your alerts</Link>.
        </p>
      </div>
    );
  return <Watched permissions={data.permissions} />;
}

function Watched({ permissions }: { permissions: readonly string[] }) {
  const { connection, overview, refused, retry } = useOverview();
  useSignInWhenRefused(refused);
  return (
    <>
      <div className="alerts-head">
        <PageHeading title="Monitoring" />
        <Connection state={connection} retry={retry} />
        {overview !== null && (
          <p className="quiet monitoring-age">
            Overall: <StatusWord status={overview.status} />; updated <Age at={overview.as_of} />; version{" "}
            {overview.version}
          </p>
        )}
      </div>
      {refused !== null && <Failure what="The state of the platform" error={refused} retry={retry} />}
      {overview === null && refused === null && <p className="empty loading">Looking at the platform…</p>}
      {overview !== null && (
        <Staged while="Looking at the platform…">
          <Sections overview={overview} permissions={permissions} />
        </Staged>
      )}
    </>
  );
}

interface SectionsProps {
  overview: MonitoringOverview;
  permissions: readonly string[];
}

function Sections({ overview, permissions }: SectionsProps) {
  // A group may let somebody look at the platform who has no alerts and hosts.
  const mayRead = permissions.includes("alerts:read");
  const mayWrite = mayRead && permissions.includes("alerts:write");
  const { metrics } = useCatalogue();
  const [told, setTold] = useState<Told>(new Map());
  const [done, setDone] = useState({ words: "", count: 0 });
  const heading = useRef<HTMLHeadingElement>(null);
  // After the dialog gave the focus back to a button that may be gone with its alert.
  useEffect(() => {
    if (done.count > 0) heading.current?.focus();
  }, [done.count]);
  const changes = useChanges(overview.alerts?.own.first);
  const onDone = (alert: Alert | null, words: string) => {
    if (alert !== null) setTold((last) => takeTold(last, [alert], performance.now()));
    setDone(({ count }) => ({ words, count: count + 1 }));
  };
  return (
    <>
      <p role="status" className={done.words === "" ? "unseen" : "form-done alerts-said"}>
        {done.words}
      </p>
      <Components components={overview.components} />
      {mayRead && (
        <section className="card" aria-label="Current alerts">
          <h2 ref={heading} tabIndex={-1}>
            Active alerts
          </h2>
          {overview.alerts === null ? (
            <p className="quiet">{AWAY}</p>
          ) : (
            <StandingAlerts
              alerts={overview.alerts}
              told={told}
              metrics={metrics}
              onDone={mayWrite ? onDone : undefined}
            />
          )}
        </section>
      )}
      <section className="card" aria-label="Key figures of the last hour">
        <h2>Key figures of the last hour</h2>
        {overview.series === null ? (
          <p className="quiet">{AWAY}</p>
        ) : (
          <KeySeries series={overview.series} until={overview.as_of} />
        )}
      </section>
      {mayRead && (
        <>
          <Hosts hosts={overview.hosts} />
          <AlertHistory changes={changes + done.count} metrics={metrics} />
        </>
      )}
    </>
  );
}

/** Grows when one's own alerts are others than before, and when the database, which knows them, is back. */
function useChanges(alerts: readonly Alert[] | undefined): number {
  const key = alerts?.map(({ id, revision }) => `${id}:${revision}`).join(" ");
  const [seen, setSeen] = useState({ key, changes: 0 });
  if (seen.key !== key) setSeen({ key, changes: seen.changes + (key === undefined ? 0 : 1) });
  return seen.changes;
}
