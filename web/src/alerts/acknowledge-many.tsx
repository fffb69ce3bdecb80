import { useState } from "react";
import { sendFor } from "../api/send.ts";
import { Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ACKNOWLEDGE } from "./addresses.ts";
import { AcknowledgedAlerts } from "./shapes.ts";

/** So many are taken by one request. */
const AT_ONCE = 100;

interface ManyProps {
  /** Active alerts on show, and those of them that are chosen. */
  active: readonly string[];
  chosen: ReadonlySet<string>;
  onChoose(ids: readonly string[]): void;
  /** Whether all that are active are on show. */
  complete: boolean;
  onDone(words: string): void;
}

/** Chooses all that are on show, and acknowledges what is chosen. */
export function AcknowledgeMany({ active, chosen, complete, onChoose, onDone }: ManyProps) {
  const [asked, setAsked] = useState(false);
  const ids = active.filter((id) => chosen.has(id));
  const all = ids.length === active.length;
  const onSubmit = async (value: (name: string) => string) => {
    const comment = value("comment").trim();
    let [acknowledged, skipped] = [0, 0];
    for (let first = 0; first < ids.length; first += AT_ONCE) {
      const body = { ids: ids.slice(first, first + AT_ONCE), comment: comment === "" ? null : comment };
      const answer = await sendFor(AcknowledgedAlerts, "POST", ACKNOWLEDGE, body);
      acknowledged += answer.acknowledged.length;
      skipped += answer.skipped.length;
    }
    setAsked(false);
    const others = skipped === 0 ? "" : ` ${skipped} had changed before and were left as they are.`;
    onDone(`Acknowledged ${acknowledged} alert${acknowledged === 1 ? "" : "s"}.${others}`);
  };
  const cancel = (
    <button type="button" className="button" onClick={() => setAsked(false)}>
      Cancel
    </button>
  );
  return (
    <div className="row-actions">
      <label className="check">
        <input type="checkbox" checked={all} onChange={() => onChoose(all ? [] : active)} />
        Select all {active.length}
        {complete ? "" : " shown"}
      </label>
      {ids.length > 0 && (
        <button type="button" className="button" onClick={() => setAsked(true)}>
          Acknowledge {ids.length} selected
        </button>
      )}
      {asked && (
        <Dialog title={`Acknowledge ${ids.length} alerts?`} onClose={() => setAsked(false)}>
          <p>You get no more reminders. They resolve by themselves once their conditions clear.</p>
          <Form submit="Acknowledge" onSubmit={onSubmit} beside={cancel}>
            <Field name="comment" label="Comment (optional)" autoComplete="off" maxLength={500} />
          </Form>
        </Dialog>
      )}
    </div>
  );
}
