import { useId } from "react";
import type { QuietHours } from "../../../../shared/contracts/notifications.ts";
import { Field } from "../../forms/field.tsx";
import { useFieldProblem } from "../../forms/form-context.ts";
import { ZoneField } from "../../forms/zone-field.tsx";

export function readQuietHours(value: (name: string) => string): QuietHours {
  return { start: value("quiet_start"), end: value("quiet_end"), time_zone: value("quiet_zone") };
}

interface QuietHoursProps {
  hours: QuietHours | null;
  on: boolean;
  onToggle(on: boolean): void;
}

/** When mails, pushes and chats wait, by the clocks of a zone. */
export function QuietHoursFields({ hours, on, onToggle }: QuietHoursProps) {
  const id = useId();
  const problem = useFieldProblem("quiet_hours");
  return (
    <fieldset className="channels" aria-describedby={problem && `${id}-problem`}>
      <legend>Quiet hours</legend>
      <label>
        <input
          type="checkbox"
          name="quiet_hours"
          checked={on}
          onChange={({ currentTarget }) => onToggle(currentTarget.checked)}
        />
        Hold back mails, pushes and chat messages, except critical ones
      </label>
      {problem && (
        <p id={`${id}-problem`} className="form-problem">
          {problem}
        </p>
      )}
      {on && (
        <div className="quiet-hours">
          <Field
            name="quiet_start"
            label="From"
            type="time"
            defaultValue={hours?.start ?? "22:00"}
            required
          />
          <Field name="quiet_end" label="To" type="time" defaultValue={hours?.end ?? "07:00"} required />
          <ZoneField name="quiet_zone" zone={hours?.time_zone} />
        </div>
      )}
    </fieldset>
  );
}
