import { useRef, useState } from "react";
import type { AlertRule } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { send } from "../api/send.ts";
import { Form } from "../forms/form.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { LevelBadge } from "../ui/level-badge.tsx";
import { Link } from "../ui/link.tsx";
import { Moment } from "../ui/moment.tsx";
import { sayFailure } from "../words/say-failure.ts";
import { ruleAddress } from "./addresses.ts";
import { sayRule, sayRuleError, sayState } from "./rule-words.ts";

interface RuleRowProps {
  rule: AlertRule;
  metric: MetricDefinition | undefined;
  mayWrite: boolean;
  onChanged(): void;
  /** With what was done, in words. */
  onDeleted(words: string): void;
}

export function RuleRow({ rule, metric, mayWrite, onChanged, onDeleted }: RuleRowProps) {
  return (
    <li className="alert-row">
      <div className="alert-text">
        <p className="alert-title">
          <LevelBadge level={rule.level} /> <strong>{rule.name}</strong>{" "}
          <span className="badge state" data-state={rule.states.active > 0 ? "active" : undefined}>
            {sayState(rule)}
          </span>
          {rule.one_shot && <span className="badge state">fires once</span>}
          {rule.built_in && <span className="badge state">built in</span>}
        </p>
        <p className="rule-words">{sayRule(rule, metric)}</p>
        {rule.error !== null && <p className="form-problem">{sayRuleError(rule.error)}</p>}
        <p className="quiet">
          {rule.last_fired_at === null ? (
            "Has not fired yet"
          ) : (
            <>
              Last fired <Moment at={rule.last_fired_at} />
            </>
          )}
        </p>
      </div>
      {mayWrite && <RuleActions rule={rule} onChanged={onChanged} onDeleted={onDeleted} />}
    </li>
  );
}

type ActionsProps = Pick<RuleRowProps, "rule" | "onChanged" | "onDeleted">;

function RuleActions({ rule, onChanged, onDeleted }: ActionsProps) {
  const [deleting, setDeleting] = useState(false);
  const [problem, setProblem] = useState("");
  const toggle = useRef<HTMLButtonElement>(null);
  const address = ruleAddress(rule.id);
  const command = (verb: "enable" | "disable" | "rearm") => {
    setProblem("");
    // The button that arms a rule goes with what it did.
    if (verb === "rearm") toggle.current?.focus();
    send("POST", `${address}/${verb}`).then(onChanged, (error: unknown) =>
      setProblem(sayFailure(error).text),
    );
  };
  const remove = async () => {
    await send("DELETE", address);
    setDeleting(false);
    onDeleted(`Deleted: ${rule.name}.`);
  };
  const cancel = (
    <button type="button" className="button" onClick={() => setDeleting(false)}>
      Cancel
    </button>
  );
  return (
    <div className="row-actions">
      <button type="button" className="button" onClick={() => command(rule.enabled ? "disable" : "enable")}>
        {rule.enabled ? "Turn off" : "Turn on"}
        <span className="unseen"> {rule.name}</span>
      </button>
      {!rule.armed && (
        <button type="button" className="button" onClick={() => command("rearm")}>
          Arm again<span className="unseen"> {rule.name}</span>
        </button>
      )}
      <Link to={`/alerts/rules/${encodeURIComponent(rule.id)}`} className="button button-link">
        Change<span className="unseen"> {rule.name}</span>
      </Link>
      <button type="button" className="button danger" onClick={() => setDeleting(true)}>
        Delete<span className="unseen"> {rule.name}</span>
      </button>
      {problem !== "" && (
        <p role="alert" className="form-problem">
          {problem}
        </p>
      )}
      {deleting && (
        <Dialog title={`Delete the rule “${rule.name}”?`} onClose={() => setDeleting(false)}>
          <p>Its active alerts end with it and stay in the history.</p>
          <Form submit="Delete it" danger onSubmit={remove} beside={cancel} />
        </Dialog>
      )}
    </div>
  );
}
