import type { ReactNode } from "react";
import { AlertRule } from "../../../shared/contracts/alerts.ts";
import { readJson } from "../api/read-json.ts";
import { useAddress } from "../router.ts";
import { Failure } from "../ui/failure.tsx";
import { Link } from "../ui/link.tsx";
import { useRemote } from "../use-remote.ts";
import { ruleAddress } from "./addresses.ts";
import { AlertsHead } from "./alerts-head.tsx";
import { phraseOf } from "./rule-draft.ts";
import { RuleForm } from "./rule-form.tsx";
import { useCatalogue } from "./use-catalogue.ts";

/** A new rule; `?collection=` and `?metric=` fill the form. */
export function NewRulePage({ permissions }: { permissions: readonly string[] }) {
  const { searchParams } = useAddress();
  return (
    <Framed title="New alert rule">
      <WithCatalogue permissions={permissions}>
        {(metrics) => (
          <RuleForm
            metrics={metrics}
            before={null}
            metric={searchParams.get("metric") ?? "market.floor"}
            subject={searchParams.get("collection") ?? ""}
          />
        )}
      </WithCatalogue>
    </Framed>
  );
}

/** A rule that there is, to be changed. */
export function ChangeRulePage({ id, permissions }: { id: string; permissions: readonly string[] }) {
  const address = ruleAddress(id);
  const { data: rule, error, reload } = useRemote(address, (signal) => readJson(address, AlertRule, signal));
  const sayable = rule !== null && phraseOf(rule) !== null;
  return (
    <Framed title="Change an alert rule">
      {error !== null && <Failure what="The rule" error={error} retry={reload} />}
      {rule === null && error === null && <p className="empty loading">Loading the rule…</p>}
      {rule !== null && !sayable && (
        <p className="card">
          This rule was made by the API and says what this form has no words for. It can be changed there, or{" "}
          deleted among <Link to="/alerts/rules">the rules</Link>.
        </p>
      )}
      {rule !== null && sayable && (
        <WithCatalogue permissions={permissions}>
          {(metrics) => (
            <RuleForm
              key={rule.revision}
              metrics={metrics}
              before={rule}
              metric={rule.metric}
              subject={rule.labels[metrics.get(rule.metric)?.subject ?? ""] ?? ""}
            />
          )}
        </WithCatalogue>
      )}
    </Framed>
  );
}

function Framed({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <AlertsHead title={title} mayWrite={false} />
      {children}
    </>
  );
}

type Metrics = ReturnType<typeof useCatalogue>["metrics"];

interface WithCatalogueProps {
  permissions: readonly string[];
  children(metrics: Metrics): ReactNode;
}

/** Metrics that this person may make rules on; none can be made before they are known. */
function WithCatalogue({ permissions, children }: WithCatalogueProps) {
  const { metrics, data, error, reload } = useCatalogue();
  if (data === null)
    return error === null ? (
      <p className="empty loading">Loading what there is to watch…</p>
    ) : (
      <Failure what="The list of metrics" error={error} retry={reload} />
    );
  const mayWatch = (owner: string) => owner !== "platform" || permissions.includes("monitoring:read");
  return children(new Map([...metrics].filter(([, { owner }]) => mayWatch(owner))));
}
