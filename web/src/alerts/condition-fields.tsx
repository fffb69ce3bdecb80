import type { AlertRule } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { Field } from "../forms/field.tsx";
import { writeNumber } from "../forms/read-number.ts";
import { SelectField } from "../forms/select-field.tsx";
import { unitWord } from "./metric-words.ts";
import { PHRASE_NAMES, PHRASES, type PhraseName, phraseOf, shownAmount } from "./rule-draft.ts";

const SPANS = ["1m", "5m", "15m", "30m", "1h", "6h", "1d", "7d"];
/** For the lists of suggestions; there is one such form on a page. */
const SPAN_LIST = "alert-spans";

interface ConditionProps {
  metric: MetricDefinition | undefined;
  phrase: PhraseName;
  onPhrase(phrase: PhraseName): void;
  before: AlertRule | null;
}

/** What must be so, and for how long. Only fields that mean something for the choice are there. */
export function ConditionFields({ metric, phrase, onPhrase, before }: ConditionProps) {
  const percent = phrase === "falls" || phrase === "rises";
  const absent = phrase === "absent";
  const sameBefore = before !== null && phraseOf(before) === phrase ? before : null;
  const unit = percent || metric?.unit === "percent" ? "%" : unitWord(metric?.unit);
  const choose = (chosen: string) => {
    const found = PHRASE_NAMES.find((name) => name === chosen);
    if (found !== undefined) onPhrase(found);
  };
  const windowed = metric?.shape !== "step";
  const usual = metric?.default_window ?? "";
  return (
    <div className="form-grid">
      <SelectField name="condition" label="Condition" value={phrase} onChoose={choose}>
        {PHRASE_NAMES.map((name) => (
          <option key={name} value={name}>
            {PHRASES[name].words}
          </option>
        ))}
      </SelectField>
      {!absent && (
        <Field
          key={`threshold ${percent}`}
          name="threshold"
          label={thresholdLabel(percent, metric)}
          inputMode="decimal"
          autoComplete="off"
          defaultValue={sameBefore === null ? "" : writeNumber(shownAmount(phrase, sameBefore.threshold))}
          required
          after={unit !== "" && <span className="form-unit">{unit}</span>}
        />
      )}
      {!absent && (percent || windowed) && (
        <Field
          key={`window ${percent}`}
          name="window"
          label={percent ? "Within" : "Over the last"}
          list={SPAN_LIST}
          autoComplete="off"
          defaultValue={sameBefore?.window ?? (percent ? "1h" : usual)}
          hint={
            percent || usual !== ""
              ? "Such as 15m, 1h or 1d."
              : "Such as 15m. Left out, the newest reading counts."
          }
        />
      )}
      <Field
        key={`for ${absent}`}
        name="for"
        label={absent ? "No data for" : "For at least (optional)"}
        list={SPAN_LIST}
        autoComplete="off"
        defaultValue={shownSpan(sameBefore?.for) || (absent ? "10m" : "")}
        hint={absent ? "Such as 10m or 1h." : "So that a short spike raises no alert."}
      />
      <datalist id={SPAN_LIST}>
        {SPANS.map((span) => (
          <option key={span} value={span} />
        ))}
      </datalist>
    </div>
  );
}

/** No time at all is an empty field. */
export const shownSpan = (span: string | undefined) => (span === undefined || span === "0s" ? "" : span);

function thresholdLabel(percent: boolean, metric: MetricDefinition | undefined): string {
  if (percent) return "By how many percent";
  return metric?.unit === "price" ? "Price, in the collection's currency" : "Threshold";
}
