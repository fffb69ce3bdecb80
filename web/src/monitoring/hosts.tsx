import type { MonitoredHost } from "../../../shared/contracts/monitoring.ts";
import { hostsOf } from "../alerts/hosts-of.ts";
import { HostList } from "../alerts/own-hosts.tsx";
import { AWAY } from "./away.ts";

/** One's own machines; `null`: the database is away. */
export function Hosts({ hosts }: { hosts: readonly MonitoredHost[] | null }) {
  const series = hosts?.flatMap(({ host, readings }) =>
    readings.map(({ metric, labels, value, at }) => ({
      metric,
      labels: { ...labels, host },
      value,
      last_at: at,
    })),
  );
  return (
    <section className="card" aria-label="My hosts">
      <h2>My hosts</h2>
      {series === undefined && <p className="quiet">{AWAY}</p>}
      {series?.length === 0 && (
        <p className="quiet">
          None pushes readings. <code>npx xsema-agent</code> does, with an API key that may push metrics.
        </p>
      )}
      {series !== undefined && series.length > 0 && <HostList hosts={hostsOf(series)} />}
    </section>
  );
}
