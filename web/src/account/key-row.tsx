import { useState } from "react";
import { type ApiKey, type MadeKey, MadeKey as MadeKeyShape } from "../api/account.ts";
import { send, sendFor } from "../api/send.ts";
import { Form } from "../forms/form.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Moment } from "../ui/moment.tsx";
import { useStepUp } from "./step-up.tsx";

interface KeyRowProps {
  apiKey: ApiKey;
  onRotated(made: MadeKey): void;
  onRevoked(): void;
}

type Asked = "rotate" | "revoke";

export function KeyRow({ apiKey, onRotated, onRevoked }: KeyRowProps) {
  const withStepUp = useStepUp();
  const [asked, setAsked] = useState<Asked | null>(null);
  const address = `/api/v1/api-keys/${encodeURIComponent(apiKey.id)}`;
  const rotate = async () => {
    const made = await withStepUp(() => sendFor(MadeKeyShape, "POST", `${address}/rotate`, {}));
    setAsked(null);
    onRotated(made);
  };
  const revoke = async () => {
    await withStepUp(() => send("DELETE", address));
    setAsked(null);
    onRevoked();
  };
  return (
    <li>
      <div>
        <strong>{apiKey.name}</strong> <code className="quiet">{apiKey.prefix}…</code>
        <p className="quiet">
          {apiKey.last_used_at ? (
            <>
              Last used <Moment at={apiKey.last_used_at} />
            </>
          ) : (
            "Not used yet"
          )}
          {apiKey.expires_at && (
            <>
              ; ends <Moment at={apiKey.expires_at} />
            </>
          )}
          {apiKey.replaced_by !== null && "; another has taken its place"}; scopes: {apiKey.scopes.join(", ")}
        </p>
      </div>
      <div className="row-actions">
        {apiKey.replaced_by === null && (
          <button type="button" className="button" onClick={() => setAsked("rotate")}>
            Rotate<span className="unseen"> the key {apiKey.name}</span>
          </button>
        )}
        <button type="button" className="button danger" onClick={() => setAsked("revoke")}>
          Revoke<span className="unseen"> the key {apiKey.name}</span>
        </button>
      </div>
      {asked === "rotate" && (
        <Confirm
          title={`Rotate the key “${apiKey.name}”?`}
          about="Another key takes its place, with the same name and scopes. This one goes on working for a day."
          submit="Rotate it"
          onSubmit={rotate}
          onClose={() => setAsked(null)}
        />
      )}
      {asked === "revoke" && (
        <Confirm
          title={`Revoke the key “${apiKey.name}”?`}
          about="Programs that use it are refused from now on, and webhooks that it made are turned off. It cannot be undone."
          submit="Revoke it"
          danger
          onSubmit={revoke}
          onClose={() => setAsked(null)}
        />
      )}
    </li>
  );
}

interface ConfirmProps {
  title: string;
  about: string;
  submit: string;
  danger?: boolean;
  onSubmit(): Promise<void>;
  onClose(): void;
}

function Confirm({ title, about, submit, danger, onSubmit, onClose }: ConfirmProps) {
  const cancel = (
    <button type="button" className="button" onClick={onClose}>
      Cancel
    </button>
  );
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{about}</p>
      <Form submit={submit} danger={danger} onSubmit={onSubmit} beside={cancel} />
    </Dialog>
  );
}
