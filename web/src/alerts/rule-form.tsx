import { useRef, useState } from "react";
import { AlertRule } from "../../../shared/contracts/alerts.ts";
import type { MetricDefinition } from "../../../shared/contracts/metrics.ts";
import { NotificationLevel } from "../../../shared/contracts/notifications.ts";
import { readBody } from "../api/read-body.ts";
import { request } from "../api/request.ts";
import { sendFor } from "../api/send.ts";
import { Field } from "../forms/field.tsx";
import { Form } from "../forms/form.tsx";
import { SelectField } from "../forms/select-field.tsx";
import { navigate } from "../router.ts";
import { PREVIEW, RULES, ruleAddress } from "./addresses.ts";
import { ChannelsField } from "./channels-field.tsx";
import { ConditionFields } from "./condition-fields.tsx";
import { groupMetrics, metricName, metricTitle } from "./metric-words.ts";
import { MoreOptions } from "./more-options.tsx";
import { PreviewResult } from "./preview-result.tsx";
import { type PhraseName, phraseOf, readDraft } from "./rule-draft.ts";
import { Preview } from "./shapes.ts";
import { SubjectField } from "./subject-field.tsx";

interface RuleFormProps {
  metrics: ReadonlyMap<string, MetricDefinition>;
  /** The rule that is changed; `null`: a new one. */
  before: AlertRule | null;
  metric: string;
  subject: string;
}

type Tried = { preview: Preview; threshold: string | null; round: number };

/** "Alert me when …", with what it would have found. */
export function RuleForm({ metrics, before, metric: first, subject }: RuleFormProps) {
  const [name, setName] = useState(first);
  const [phrase, setPhrase] = useState<PhraseName>(before === null ? "falls" : (phraseOf(before) ?? "below"));
  const [tried, setTried] = useState<Tried | null>(null);
  const metric = metrics.get(name);
  /** What was typed since: a preview is of what the form held when it was asked for. */
  const edits = useRef(0);
  const onEdited = () => {
    edits.current += 1;
    setTried(null);
  };
  // What a collection is called is no host, and the other way round.
  const sameSubject = metric?.subject === metrics.get(first)?.subject;

  const onSubmit = async (value: (field: string) => string, data: FormData) => {
    const all = (field: string) => data.getAll(field).filter((each) => typeof each === "string");
    const draft = readDraft(value, all, {
      phrase,
      what: metricName(name),
      subject: metric?.subject ?? null,
      before,
    });
    if (value("intent") === "preview") {
      const asked = edits.current;
      const preview = await sendFor(Preview, "POST", PREVIEW, draft);
      if (asked === edits.current)
        setTried((last) => ({ preview, threshold: draft.threshold, round: (last?.round ?? 0) + 1 }));
      return;
    }
    const kept =
      before === null ? await sendFor(AlertRule, "POST", RULES, draft) : await change(before, draft);
    navigate(`/alerts/rules?${new URLSearchParams({ made: kept.name })}`);
  };
  const preview = (
    <button type="submit" className="button" name="intent" value="preview">
      Preview
    </button>
  );
  return (
    <section className="card rule-form" aria-label="Alert me when">
      <h2>Alert me when</h2>
      <div onChange={onEdited}>
        <Form
          submit={before === null ? "Create rule" : "Save changes"}
          keep
          onSubmit={onSubmit}
          beside={preview}
        >
          <div className="form-grid">
            <SelectField name="metric" label="Metric" value={name} onChoose={setName}>
              {!metrics.has(name) && <option value={name}>{name}</option>}
              {groupMetrics([...metrics.values()]).map((group) => (
                <optgroup key={group.title} label={group.title}>
                  {group.metrics.map((each) => (
                    <option key={each.name} value={each.name}>
                      {metricTitle(each)}
                    </option>
                  ))}
                </optgroup>
              ))}
            </SelectField>
            <SubjectField key={metric?.subject ?? ""} metric={metric} initial={sameSubject ? subject : ""} />
          </div>
          <ConditionFields metric={metric} phrase={phrase} onPhrase={setPhrase} before={before} />
          <div className="form-grid">
            <SelectField name="level" label="Level" defaultValue={before?.level ?? "warning"}>
              {NotificationLevel.options.map((level) => (
                <option key={level}>{level}</option>
              ))}
            </SelectField>
            <Field
              name="name"
              label="Name (optional)"
              defaultValue={before?.name}
              maxLength={100}
              autoComplete="off"
              hint="If empty, it is named after what the rule does."
            />
          </div>
          <ChannelsField chosen={before?.channels ?? []} />
          <label className="check">
            <input type="checkbox" name="one_shot" defaultChecked={before?.one_shot} />
            Fire once, then wait to be armed again
          </label>
          <MoreOptions phrase={phrase} before={before} />
        </Form>
      </div>
      {tried !== null && (
        <PreviewResult
          key={tried.round}
          preview={tried.preview}
          threshold={tried.threshold}
          percent={phrase === "falls" || phrase === "rises"}
          metric={metric}
        />
      )}
    </section>
  );
}

/** Sends the changes of a rule as it was read: refused where somebody has changed it since. */
async function change(rule: AlertRule, body: unknown): Promise<AlertRule> {
  const answer = await request(ruleAddress(rule.id), { method: "PATCH", ifMatch: rule.revision, body });
  return readBody(answer, AlertRule);
}
