import { useEffect, useRef, useState } from "react";
import { type ActiveHours, type AlertRule, Weekday } from "../../../shared/contracts/alerts.ts";
import { Field } from "../forms/field.tsx";
import { useFieldProblem } from "../forms/form-context.ts";
import { writeNumber } from "../forms/read-number.ts";
import { SelectField } from "../forms/select-field.tsx";
import { ZoneField } from "../forms/zone-field.tsx";
import { shownSpan } from "./condition-fields.tsx";
import { type PhraseName, phraseOf, shownAmount } from "./rule-draft.ts";

const NAMES = [
  "clear_threshold",
  "keep_firing_for",
  "cooldown",
  "repeat_interval",
  "no_data",
  "message",
  "active_hours",
] as const;

/** Whether something that is folded away is wrong. */
function useFoldedProblem(): boolean {
  const [clear, keep, cooldown, repeat, noData, message, hours] = NAMES;
  const found = [
    useFieldProblem(clear),
    useFieldProblem(keep),
    useFieldProblem(cooldown),
    useFieldProblem(repeat),
    useFieldProblem(noData),
    useFieldProblem(message),
    useFieldProblem(hours),
  ];
  return found.some((problem) => problem !== undefined);
}

interface OptionsProps {
  phrase: PhraseName;
  before: AlertRule | null;
}

/** What most rules leave as it is; it unfolds by itself where something in it is wrong. */
export function MoreOptions({ phrase, before }: OptionsProps) {
  const details = useRef<HTMLDetailsElement>(null);
  const isWrong = useFoldedProblem();
  // Before the form looks for the first field that is wrong, which cannot take the focus while it is folded away.
  useEffect(() => {
    if (isWrong && details.current) details.current.open = true;
  }, [isWrong]);
  const compared = phrase !== "absent" && phrase !== "equal" && phrase !== "unequal";
  const sameBefore = before !== null && phraseOf(before) === phrase ? before : null;
  return (
    <details ref={details} className="more">
      <summary>More options</summary>
      <div className="form">
        <div className="form-grid">
          {compared && (
            <Field
              key={phrase}
              name="clear_threshold"
              label="Clears at (optional)"
              inputMode="decimal"
              autoComplete="off"
              defaultValue={writeNumber(shownAmount(phrase, sameBefore?.clear_threshold ?? null))}
              hint="So that a value that swings about the threshold raises one alert."
            />
          )}
          <Field
            name="keep_firing_for"
            label="Clears after (optional)"
            autoComplete="off"
            defaultValue={shownSpan(before?.keep_firing_for)}
            hint="Such as 10m."
          />
          <Field
            name="cooldown"
            label="Cool-down (optional)"
            autoComplete="off"
            defaultValue={shownSpan(before?.cooldown)}
            hint="No new alert for this long after one ended, such as 1h."
          />
          <Field
            name="repeat_interval"
            label="Remind me every"
            autoComplete="off"
            defaultValue={before?.repeat_interval ?? "4h"}
            hint="While nobody acknowledges it."
          />
          <SelectField name="no_data" label="While there is no data" defaultValue={before?.no_data ?? "keep"}>
            <option value="keep">leave everything as it is</option>
            <option value="fire">fire</option>
            <option value="resolve">end the alert</option>
          </SelectField>
          <Field
            name="message"
            label="Message (optional)"
            autoComplete="off"
            maxLength={1000}
            defaultValue={before?.message ?? ""}
            hint="May name {{value}}, {{threshold}}, {{labels.collection}} and others."
          />
        </div>
        <ActiveHoursFields hours={before?.active_hours ?? null} />
      </div>
    </details>
  );
}

/** Alerts begin only within these hours. */
function ActiveHoursFields({ hours }: { hours: ActiveHours | null }) {
  const [on, setOn] = useState(hours !== null);
  const problem = useFieldProblem("active_hours");
  return (
    <fieldset className="channels">
      <legend>Active hours</legend>
      <label>
        <input
          type="checkbox"
          name="active_hours"
          checked={on}
          onChange={({ currentTarget }) => setOn(currentTarget.checked)}
          aria-invalid={problem ? true : undefined}
        />
        Alerts begin only within these hours
      </label>
      {problem && <p className="form-problem channels-hint">{problem}</p>}
      {on && (
        <>
          <fieldset className="channels days">
            <legend className="unseen">Days</legend>
            {Weekday.options.map((day) => (
              <label key={day}>
                <input
                  type="checkbox"
                  name="active_days"
                  value={day}
                  defaultChecked={hours === null || hours.days.includes(day)}
                />
                {day}
              </label>
            ))}
          </fieldset>
          <div className="quiet-hours">
            <Field name="active_start" label="From" type="time" defaultValue={hours?.start ?? "08:00"} />
            <Field name="active_end" label="To" type="time" defaultValue={hours?.end ?? "20:00"} />
            <ZoneField name="active_zone" zone={hours?.time_zone} />
          </div>
        </>
      )}
    </fieldset>
  );
}
