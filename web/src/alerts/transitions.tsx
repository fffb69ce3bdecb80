import { useState } from "react";
import type { Alert, TransitionReason } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { readJson } from "../api/read-json.ts";
import { Failure } from "../ui/failure.tsx";
import { Moment } from "../ui/moment.tsx";
import { useRemote } from "../use-remote.ts";
import { alertAddress } from "./addresses.ts";
import { valueText } from "./metric-words.ts";
import { AlertDetail } from "./shapes.ts";

const REASONS: Record<TransitionReason, string> = {
  condition_met: "the condition holds",
  held_for: "it held for long enough",
  no_data: "no data came",
  error: "the metric could not be read",
  condition_cleared: "the condition no longer holds",
  corrected: "what it fired for was corrected",
  acknowledged: "by hand",
  resolved_by_hand: "by hand",
  rule_changed: "the rule was changed",
  rule_disabled: "the rule was turned off",
  rule_deleted: "the rule was deleted",
  rule_expired: "the rule ran out",
};

interface TransitionsProps {
  alert: Alert;
  metric: MetricDefinition | undefined;
}

/** How an alert came to be what it is, read when somebody looks. */
export function Transitions(props: TransitionsProps) {
  const [open, setOpen] = useState(false);
  return (
    <details className="more" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Timeline<span className="unseen"> of {props.alert.name}</span>
      </summary>
      {open && <Steps key={props.alert.revision} {...props} />}
    </details>
  );
}

function Steps({ alert, metric }: TransitionsProps) {
  const address = alertAddress(alert.id);
  const { data, error, reload } = useRemote(address, (signal) => readJson(address, AlertDetail, signal));
  if (error !== null) return <Failure what="The course" error={error} retry={reload} />;
  if (data === null) return <p className="quiet">Loading…</p>;
  return (
    <ol className="alert-steps">
      {data.transitions.map((step) => (
        <li key={step.number}>
          <Moment at={step.at} /> <strong>{step.to}</strong>: {REASONS[step.reason]}
          {step.value !== null && (
            <span title={step.value}>, at {valueText(step.value, metric?.unit, alert.condition)}</span>
          )}
          {step.comment !== null && <>, “{step.comment}”</>}
        </li>
      ))}
    </ol>
  );
}
