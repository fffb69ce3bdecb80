import type { Alert } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import type { LevelCounts, MonitoringOverview } from "../../../shared/contracts/monitoring.ts";
import { AlertRow } from "../alerts/alert-row.tsx";
import { standingAlerts, type Told } from "../alerts/merge-alerts.ts";
import { LevelBadge } from "../ui/level-badge.tsx";
import { Link } from "../ui/link.tsx";
import { Age } from "../ui/moment.tsx";

interface StandingProps {
  alerts: NonNullable<MonitoringOverview["alerts"]>;
  /** What was answered since the overview was made. */
  told: Told;
  metrics: ReadonlyMap<string, MetricDefinition>;
  onDone?(alert: Alert | null, words: string): void;
}

/** One's own alerts, to be acknowledged and resolved, and those of others on the platform. */
export function StandingAlerts({ alerts: { own, platform }, told, metrics, onDone }: StandingProps) {
  const known = new Set(own.first.map(({ id }) => id));
  const answered: Told = new Map([...told].filter(([id]) => known.has(id)));
  const standing = standingAlerts(own.first, answered);
  const others = platform.first.filter((alert) => !alert.own);
  const all = countOf(own.counts);
  return (
    <>
      {standing.length === 0 && others.length === 0 && <p className="quiet">Nothing is active.</p>}
      <ul className="rows" hidden={standing.length === 0}>
        {standing.map((alert) => (
          <AlertRow key={alert.id} alert={alert} metric={metrics.get(alert.metric)} onDone={onDone} />
        ))}
      </ul>
      {all > own.first.length && (
        <p className="quiet">
          The newest {own.first.length} of {all} are shown. <Link to="/alerts">See all of them</Link>.
        </p>
      )}
      {others.length > 0 && <h3>Of others, on the platform</h3>}
      <ul className="rows" hidden={others.length === 0}>
        {others.map((alert) => (
          <li key={alert.id} className="alert-row" data-level={alert.level} data-state={alert.state}>
            <div className="alert-text">
              <p className="alert-title">
                <LevelBadge level={alert.level} /> <strong>{alert.name}</strong>{" "}
                <span className="badge state" data-state={alert.state}>
                  {alert.state}
                </span>
              </p>
              <p>{alert.message}</p>
              <p className="quiet">
                Since <Age at={alert.fired_at ?? alert.started_at} />
              </p>
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

const countOf = (counts: LevelCounts) => Object.values(counts).reduce((sum, count) => sum + count, 0);
