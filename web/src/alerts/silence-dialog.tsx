import { type Alert, SilenceHits } from "../../../shared/contracts/alerts.ts";
import { send, sendFor } from "../api/send.ts";
import { Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { SelectField } from "../forms/select-field.tsx";
import { systemNow } from "../now.ts";
import { Dialog } from "../ui/dialog.tsx";
import { useRemote } from "../use-remote.ts";
import { PREVIEW_SILENCE, SILENCES } from "./addresses.ts";
import { matchersFor } from "./silence-matchers.ts";

const HOUR_MS = 3_600_000;
const SPANS = [
  { hours: "1", label: "1 hour" },
  { hours: "8", label: "8 hours" },
  { hours: "24", label: "1 day" },
] as const;

interface SilenceDialogProps {
  alert: Alert;
  onMade(): void;
  onClose(): void;
}

/** Be told nothing of an alert for a time. */
export function SilenceDialog({ alert, onMade, onClose }: SilenceDialogProps) {
  const onSubmit = async (value: (name: string) => string) => {
    const ends = new Date(systemNow() + Number(value("ends_at")) * HOUR_MS);
    const comment = value("comment").trim();
    await send("POST", SILENCES, {
      matchers: matchersFor(alert),
      ends_at: ends.toISOString(),
      comment: comment === "" ? null : comment,
    });
    onMade();
  };
  const { data: hits } = useRemote(`${PREVIEW_SILENCE} ${alert.id}`, () =>
    sendFor(SilenceHits, "POST", PREVIEW_SILENCE, { matchers: matchersFor(alert) }),
  );
  const cancel = (
    <button type="button" className="button" onClick={onClose}>
      Cancel
    </button>
  );
  return (
    <Dialog title={`Silence “${alert.name}”?`} onClose={onClose}>
      <p>
        You are not notified about it for this long. It stays in the list, and you are notified if it is still
        active afterwards.
      </p>
      {hits !== null && hits.count > 1 && (
        <p className="quiet">
          It holds back {hits.count} alerts that stand now:{" "}
          {[...new Set(hits.first.map(({ name }) => name))].join(", ")}
          {hits.count > hits.first.length && " and more"}.
        </p>
      )}
      <Form submit="Silence it" onSubmit={onSubmit} beside={cancel}>
        <SelectField name="ends_at" label="For" defaultValue="1">
          {SPANS.map(({ hours, label }) => (
            <option key={hours} value={hours}>
              {label}
            </option>
          ))}
        </SelectField>
        <Field name="comment" label="Comment (optional)" autoComplete="off" maxLength={500} />
      </Form>
    </Dialog>
  );
}
