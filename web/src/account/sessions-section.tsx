import { useState } from "react";
import { type SessionItem, SessionPage } from "../api/account.ts";
import { readJson } from "../api/read-json.ts";
import { send } from "../api/send.ts";
import { Form } from "../forms/form.tsx";
import { Failure, FailureWords } from "../ui/failure.tsx";
import { Moment } from "../ui/moment.tsx";
import { useRemote } from "../use-remote.ts";
import { Section } from "./section.tsx";

const ADDRESS = "/api/v1/auth/sessions";

/** Where one is signed in, and the ends of that. */
export function SessionsSection() {
  const list = useRemote(ADDRESS, (signal) => readJson(ADDRESS, SessionPage, signal), { keep: true });
  const [failed, setFailed] = useState<unknown>(null);
  const end = (id: string) => {
    setFailed(null);
    send("DELETE", `${ADDRESS}/${encodeURIComponent(id)}`).then(list.reload, setFailed);
  };
  const endOthers = async () => {
    await send("DELETE", ADDRESS);
    list.reload();
  };
  const sessions = list.data?.data;
  return (
    <Section title="Sessions" wide>
      {list.error !== null && <Failure what="The sessions" error={list.error} retry={list.reload} />}
      {failed !== null && (
        <div role="alert" className="form-failure">
          <FailureWords error={failed} />
        </div>
      )}
      <ul className="rows">
        {sessions?.map((each) => (
          <SessionRow key={each.id} session={each} onEnd={() => end(each.id)} />
        ))}
      </ul>
      {list.data?.next_cursor && <p className="quiet">There are more sessions than are shown here.</p>}
      {sessions && sessions.length > 1 && (
        <Form submit="End all other sessions" danger done="They have ended." onSubmit={endOthers} />
      )}
    </Section>
  );
}

function SessionRow({ session, onEnd }: { session: SessionItem; onEnd(): void }) {
  return (
    <li>
      <div>
        <strong>{session.device}</strong>{" "}
        {session.current && <span className="badge badge-current">this one</span>}
        <p className="quiet">
          From {session.ip}; last used <Moment at={session.last_used_at} />, signed in{" "}
          <Moment at={session.created_at} />
        </p>
      </div>
      {!session.current && (
        <button
          type="button"
          className="button danger"
          onClick={onEnd}
          aria-label={`End the session on ${session.device}, from ${session.ip}`}
        >
          End
        </button>
      )}
    </li>
  );
}
