import { useState } from "react";
import { ApiKeyPage, knownPermissions, type MadeKey } from "../api/account.ts";
import { readJson } from "../api/read-json.ts";
import { Failure } from "../ui/failure.tsx";
import { useRemote } from "../use-remote.ts";
import { KeyRow } from "./key-row.tsx";
import { MakeKey } from "./make-key.tsx";
import { Section } from "./section.tsx";
import { ShownKey } from "./shown-key.tsx";

const ADDRESS = "/api/v1/api-keys";

/** One's API keys, for programs that act in one's name. */
export function KeysSection({ permissions }: { permissions: string[] }) {
  const list = useRemote(ADDRESS, (signal) => readJson(ADDRESS, ApiKeyPage, signal), { keep: true });
  const [made, setMade] = useState<MadeKey | null>(null);
  const onMade = (key: MadeKey) => {
    setMade(key);
    list.reload();
  };
  const all = list.data?.data;
  const keys = all?.filter((key) => key.status === "active");
  const over = (all?.length ?? 0) - (keys?.length ?? 0);
  return (
    <Section title="API keys" wide>
      {made && <ShownKey made={made} onKept={() => setMade(null)} />}
      {list.error !== null && <Failure what="The keys" error={list.error} retry={list.reload} />}
      {keys?.length === 0 && <p className="quiet">There are none yet.</p>}
      <ul className="rows" hidden={!keys?.length}>
        {keys?.map((key) => (
          <KeyRow key={key.id} apiKey={key} onRotated={onMade} onRevoked={list.reload} />
        ))}
      </ul>
      {over > 0 && <p className="quiet">Not shown: {over} that were revoked or have run out.</p>}
      {list.data?.next_cursor && <p className="quiet">There are more keys than are shown here.</p>}
      {permissions.includes("api_keys:write") ? (
        <details className="more">
          <summary>Make a key</summary>
          <MakeKey scopes={knownPermissions(permissions)} onMade={onMade} />
        </details>
      ) : (
        <p className="quiet">Your role does not allow making keys.</p>
      )}
    </Section>
  );
}
