import type { Alert } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { LevelBadge } from "../ui/level-badge.tsx";
import { Link } from "../ui/link.tsx";
import { Age, Moment } from "../ui/moment.tsx";
import { AlertActions } from "./alert-actions.tsx";
import { sinceOf } from "./merge-alerts.ts";
import { valueText } from "./metric-words.ts";
import { Transitions } from "./transitions.tsx";

const STATE_WORDS: Record<Alert["state"], string> = {
  pending: "pending: not for long enough yet",
  active: "active",
  acknowledged: "acknowledged",
  resolved: "resolved",
};

interface AlertRowProps {
  alert: Alert;
  metric: MetricDefinition | undefined;
  /** Where it may be acknowledged, resolved and silenced: takes what was answered, and what was done in words. */
  onDone?(alert: Alert | null, words: string): void;
  /** Where several may be chosen: whether this one is, and turns that round. */
  choice?: { chosen: boolean; toggle(): void };
}

/** One alert: what, why, since when, and what can be done. */
export function AlertRow({ alert, metric, onDone, choice }: AlertRowProps) {
  const { collection } = alert.labels;
  return (
    <li className="alert-row" data-level={alert.level} data-state={alert.state}>
      <div className="alert-text">
        <p className="alert-title">
          {choice && (
            <input
              type="checkbox"
              aria-label={`Select ${alert.name}`}
              checked={choice.chosen}
              onChange={choice.toggle}
            />
          )}
          <LevelBadge level={alert.level} /> <strong>{alert.name}</strong>{" "}
          <span className="badge state" data-state={alert.state}>
            {STATE_WORDS[alert.state]}
          </span>
          {alert.silenced_by.length > 0 && <span className="badge state">silenced</span>}
          {alert.flapping && (
            <span className="badge state" title="It came and went often, so that it is kept for longer">
              flapping
            </span>
          )}
        </p>
        <p>{alert.message}</p>
        <dl className="alert-facts">
          {alert.value !== null && (
            <div>
              <dt>{alert.state === "resolved" ? "Last value" : "Value"}</dt>
              <dd title={alert.value}>{valueText(alert.value, metric?.unit, alert.condition)}</dd>
            </div>
          )}
          <Times alert={alert} />
          {collection !== undefined && (
            <div>
              <dt>Collection</dt>
              <dd>
                <Link to={`/c/${encodeURIComponent(collection)}`}>{collection}</Link>
              </dd>
            </div>
          )}
        </dl>
        <Acknowledged alert={alert} />
        <Transitions alert={alert} metric={metric} />
      </div>
      {onDone && alert.state !== "pending" && alert.state !== "resolved" && (
        <AlertActions alert={alert} onDone={onDone} />
      )}
    </li>
  );
}

function Times({ alert }: { alert: Alert }) {
  const since = sinceOf(alert);
  return (
    <>
      <div>
        <dt>{alert.fired_at === null ? "Began" : alert.state === "resolved" ? "Fired" : "Since"}</dt>
        <dd>
          <Moment at={since} />
          {alert.state !== "resolved" && (
            <>
              , <Age at={since} />
            </>
          )}
        </dd>
      </div>
      {alert.resolved_at !== null && (
        <div>
          <dt>Ended</dt>
          <dd>
            <Moment at={alert.resolved_at} />
            {alert.resolved_reason === "resolved_by_hand" && ", by hand"}
            {alert.resolved_reason === "corrected" && ", since what it fired for was corrected"}
            {alert.resolved_reason?.startsWith("rule_") && ", with its rule"}
          </dd>
        </div>
      )}
    </>
  );
}

function Acknowledged({ alert: { acknowledged_at, comment } }: { alert: Alert }) {
  if (acknowledged_at === null) return null;
  return (
    <p className="quiet">
      Acknowledged <Moment at={acknowledged_at} />
      {comment !== null && <>: “{comment}”</>}
    </p>
  );
}
