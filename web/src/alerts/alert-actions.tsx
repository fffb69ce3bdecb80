import { useState } from "react";
import { Alert } from "../../../shared/contracts/alerts.ts";
import { sendFor } from "../api/send.ts";
import { Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { alertAddress } from "./addresses.ts";
import { SilenceDialog } from "./silence-dialog.tsx";

interface ActionsProps {
  alert: Alert;
  /** Takes the alert as it is now, where that was answered, and what was done in words. */
  onDone(alert: Alert | null, words: string): void;
}

type Asked = "acknowledge" | "resolve" | "silence";

/** What can be done about an alert; each asks in a dialog, after which the focus goes back. */
export function AlertActions({ alert, onDone }: ActionsProps) {
  const [asked, setAsked] = useState<Asked | null>(null);
  const close = () => setAsked(null);
  const done = (answered: Alert | null, words: string) => {
    close();
    onDone(answered, words);
  };
  return (
    <div className="row-actions">
      {alert.state === "active" && (
        <button type="button" className="button" onClick={() => setAsked("acknowledge")}>
          Acknowledge<span className="unseen"> {alert.name}</span>
        </button>
      )}
      <button type="button" className="button" onClick={() => setAsked("resolve")}>
        Resolve<span className="unseen"> {alert.name}</span>
      </button>
      <button type="button" className="button" onClick={() => setAsked("silence")}>
        Silence<span className="unseen"> {alert.name}</span>
      </button>
      {asked === "acknowledge" && (
        <ByHand
          alert={alert}
          verb="acknowledge"
          title={`Acknowledge “${alert.name}”?`}
          about="You get no more reminders. It resolves by itself once its condition clears."
          submit="Acknowledge it"
          onDone={(answered) => done(answered, `Acknowledged: ${alert.name}.`)}
          onClose={close}
        />
      )}
      {asked === "resolve" && (
        <ByHand
          alert={alert}
          verb="resolve"
          title={`Resolve “${alert.name}”?`}
          about="It ends now. The rule fires again only after its condition has cleared."
          submit="Resolve it"
          onDone={(answered) => done(answered, `Resolved: ${alert.name}.`)}
          onClose={close}
        />
      )}
      {asked === "silence" && (
        <SilenceDialog alert={alert} onMade={() => done(null, `Silenced: ${alert.name}.`)} onClose={close} />
      )}
    </div>
  );
}

interface ByHandProps {
  alert: Alert;
  verb: "acknowledge" | "resolve";
  title: string;
  about: string;
  submit: string;
  onDone(alert: Alert): void;
  onClose(): void;
}

function ByHand({ alert, verb, title, about, submit, onDone, onClose }: ByHandProps) {
  const onSubmit = async (value: (name: string) => string) => {
    const comment = value("comment").trim();
    const body = { comment: comment === "" ? null : comment };
    onDone(await sendFor(Alert, "POST", `${alertAddress(alert.id)}/${verb}`, body));
  };
  const cancel = (
    <button type="button" className="button" onClick={onClose}>
      Cancel
    </button>
  );
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{about}</p>
      <Form submit={submit} onSubmit={onSubmit} beside={cancel}>
        <Field name="comment" label="Comment (optional)" autoComplete="off" maxLength={500} />
      </Form>
    </Dialog>
  );
}
