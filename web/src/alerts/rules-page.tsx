import { useEffect, useRef, useState } from "react";
import { useAddress } from "../router.ts";
import { Failure } from "../ui/failure.tsx";
import { Link } from "../ui/link.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { usePages } from "../use-pages.ts";
import { RULES } from "./addresses.ts";
import { AlertsHead } from "./alerts-head.tsx";
import { RuleRow } from "./rule-row.tsx";
import { RulePage } from "./shapes.ts";
import { useCatalogue } from "./use-catalogue.ts";
import { useUserAlerts } from "./use-user-alerts.ts";

const PAUSE_MS = 300;

/** One's rules, with what they found. */
export function RulesPage({ mayWrite }: { mayWrite: boolean }) {
  const rules = usePages(`${RULES}?limit=100`, RulePage);
  const { metrics } = useCatalogue();
  const made = useAddress().searchParams.get("made");
  const [done, setDone] = useState({ words: "", count: 0 });
  const heading = useRef<HTMLHeadingElement>(null);
  const { items, reload } = rules;
  const { changes, begins } = useUserAlerts();
  useEffect(() => {
    if (changes + begins === 0) return;
    const timer = setTimeout(reload, PAUSE_MS);
    return () => clearTimeout(timer);
  }, [changes, begins, reload]);
  useEffect(() => {
    if (done.count > 0) heading.current?.focus();
  }, [done.count]);
  const onDeleted = (words: string) => {
    setDone(({ count }) => ({ words, count: count + 1 }));
    reload();
  };
  const said = done.words !== "" ? done.words : made === null ? "" : `Saved: ${made}.`;
  return (
    <>
      <AlertsHead title="Alert rules" mayWrite={mayWrite} />
      <p role="status" className={said === "" ? "unseen" : "form-done alerts-said"}>
        {said}
      </p>
      {rules.error !== null && <Failure what="The rules" error={rules.error} retry={reload} />}
      {items === null && rules.error === null && <p className="empty loading">Loading rules…</p>}
      {items !== null && (
        <section className="card" aria-label="Rules">
          <h2 ref={heading} tabIndex={-1}>
            {items.length === 0 ? "There are no rules yet" : "Rules, newest first"}
          </h2>
          {items.length === 0 && (
            <p className="quiet">
              A rule says what you want to be told of, such as a floor that falls.{" "}
              {mayWrite ? <Link to="/alerts/new">Make one</Link> : "Your role does not allow making any."}
            </p>
          )}
          <ul className="rows" hidden={items.length === 0}>
            {items.map((rule) => (
              <RuleRow
                key={rule.id}
                rule={rule}
                metric={metrics.get(rule.metric)}
                mayWrite={mayWrite}
                onChanged={reload}
                onDeleted={onDeleted}
              />
            ))}
          </ul>
          <MoreButton more={rules.more} error={rules.moreError} label="Show older rules" />
        </section>
      )}
    </>
  );
}
