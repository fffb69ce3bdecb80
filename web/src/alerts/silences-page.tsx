import { useEffect, useRef, useState } from "react";
import type { Silence } from "../../../shared/contracts/alerts.ts";
import { readJson } from "../api/read-json.ts";
import { send } from "../api/send.ts";
import { Failure } from "../ui/failure.tsx";
import { Link } from "../ui/link.tsx";
import { Moment } from "../ui/moment.tsx";
import { MoreButton } from "../ui/more-button.tsx";
import { usePages } from "../use-pages.ts";
import { useRemote } from "../use-remote.ts";
import { sayFailure } from "../words/say-failure.ts";
import { RULES, SILENCES, silenceAddress } from "./addresses.ts";
import { AlertsHead } from "./alerts-head.tsx";
import { RulePage, SilencePage } from "./shapes.ts";

const STATE_WORDS: Record<Silence["state"], string> = {
  waiting: "has not begun",
  active: "active",
  ended: "ended",
};

/** What one is told nothing of for a time. */
export function SilencesPage({ mayWrite }: { mayWrite: boolean }) {
  const silences = usePages(SILENCES, SilencePage);
  const names = useRuleNames();
  const [done, setDone] = useState({ words: "", count: 0 });
  const heading = useRef<HTMLHeadingElement>(null);
  const { items, reload } = silences;
  useEffect(() => {
    if (done.count > 0) heading.current?.focus();
  }, [done.count]);
  const onEnded = () => {
    setDone(({ count }) => ({ words: "The silence has ended.", count: count + 1 }));
    reload();
  };
  return (
    <>
      <AlertsHead title="Silences" mayWrite={mayWrite} />
      <p role="status" className={done.words === "" ? "unseen" : "form-done alerts-said"}>
        {done.words}
      </p>
      {silences.error !== null && <Failure what="The silences" error={silences.error} retry={reload} />}
      {items === null && silences.error === null && <p className="empty loading">Loading silences…</p>}
      {items !== null && (
        <section className="card" aria-label="Silences">
          <h2 ref={heading} tabIndex={-1}>
            {items.length === 0 ? "There are no silences" : "Silences, newest first"}
          </h2>
          {items.length === 0 && (
            <p className="quiet">
              To silence an alert, choose Silence beside it in <Link to="/alerts">your alerts</Link>.
            </p>
          )}
          <ul className="rows" hidden={items.length === 0}>
            {items.map((silence) => (
              <SilenceRow
                key={silence.id}
                silence={silence}
                names={names}
                onEnded={mayWrite ? onEnded : undefined}
              />
            ))}
          </ul>
          <MoreButton more={silences.more} error={silences.moreError} label="Show older silences" />
        </section>
      )}
    </>
  );
}

/** Names of rules by their ids, which matchers hold. */
function useRuleNames(): ReadonlyMap<string, string> {
  const address = `${RULES}?limit=100`;
  const { data } = useRemote(address, (signal) => readJson(address, RulePage, signal));
  return new Map(data?.data.map(({ id, name }) => [id, name]));
}

interface SilenceRowProps {
  silence: Silence;
  names: ReadonlyMap<string, string>;
  onEnded?(): void;
}

function SilenceRow({ silence, names, onEnded }: SilenceRowProps) {
  const [problem, setProblem] = useState("");
  const about = silence.matchers
    .map(({ label, operator, value }) => {
      const values = typeof value === "string" ? [value] : value;
      const shown = values.map((text) => (label === "rule" ? (names.get(text) ?? text) : text) || "nothing");
      return `${label} ${operator} ${shown.join(" or ")}`;
    })
    .join(", ");
  const end = () => {
    setProblem("");
    send("DELETE", silenceAddress(silence.id)).then(onEnded, (error: unknown) =>
      setProblem(sayFailure(error).text),
    );
  };
  return (
    <li>
      <div>
        <p>
          {about}{" "}
          <span className="badge state" data-state={silence.state}>
            {STATE_WORDS[silence.state]}
          </span>
        </p>
        <p className="quiet">
          From <Moment at={silence.starts_at} /> to <Moment at={silence.ends_at} />
          {silence.comment !== null && <>: “{silence.comment}”</>}
        </p>
        {problem !== "" && (
          <p role="alert" className="form-problem">
            {problem}
          </p>
        )}
      </div>
      {onEnded && silence.state !== "ended" && (
        <button type="button" className="button" onClick={end}>
          End<span className="unseen"> the silence of {about}</span>
        </button>
      )}
    </li>
  );
}
