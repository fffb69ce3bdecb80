import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { readRows } from "../../db/rows.ts";
import { fingerprintOf } from "../catalogue.ts";
import type { LoadedRule, LoadedState, RuleHead } from "../commit/changes.ts";
import { specOf } from "../engine/rule-spec.ts";
import { EVALUATED, fieldsOf } from "../rule-row.ts";
import { msOf } from "../sources/instant-sql.ts";
import type { Source } from "../sources/source.ts";
import { InstanceState } from "./instance-state.ts";

const RuleRow = z.object({
  id: z.string(),
  user_id: z.string(),
  metric: z.string(),
  subject: z.string(),
  fields: z.unknown(),
  enabled_at: z.coerce.number(),
  armed: z.boolean(),
  revision: z.number(),
  error: z.string().nullable(),
});

export interface LoadedRules {
  rules: LoadedRule[];
  /** Rules whose stored fields are none that this version knows. */
  broken: RuleHead[];
}

/** The enabled rules that look at a source, those of everybody's who may log in. */
export async function loadRules(
  db: Db,
  { metrics, subject, user_id }: Pick<Source, "metrics" | "subject" | "user_id">,
): Promise<LoadedRules> {
  const rows = await readRows(
    db,
    sql`select r.id, r.user_id, r.metric, r.subject, r.fields, ${msOf("r.enabled_at")} as enabled_at, r.armed, r.revision, r.error
      from alert_rules r join users u on r.user_id = u.id
      where ${EVALUATED}
        and r.metric in (select json_array_elements_text(${JSON.stringify(metrics)}::json))
        and (${subject}::text is null or r.subject in (${subject}, '*'))
        and (${user_id}::text is null or r.user_id = ${user_id})
      order by r.id`,
    RuleRow,
  );
  const loaded: LoadedRules = { rules: [], broken: [] };
  for (const { fields: stored, ...row } of rows) {
    try {
      const fields = fieldsOf({ fields: stored, enabled: true });
      loaded.rules.push({ ...row, name: fields.name, fields, spec: specOf(row.id, fields) });
    } catch {
      loaded.broken.push({ ...row, name: row.id });
    }
  }
  return loaded;
}

const StateRow = z.object({
  rule_id: z.string(),
  fingerprint: z.string(),
  labels: z.record(z.string(), z.string()),
  state: InstanceState,
  alert_id: z.string().nullable(),
  due_at: z.coerce.number().nullable(),
  revision: z.number(),
});

/** What rules remember of series, whoever wrote it; of one only, where its `labels` are given. */
export async function loadStates(
  db: Db,
  { rule_ids, labels }: { rule_ids: string[]; labels: Source["labels"] },
): Promise<LoadedState[]> {
  const fingerprint = labels === null ? null : await fingerprintOf(labels);
  return readRows(
    db,
    sql`select rule_id, fingerprint, labels, state, alert_id, ${msOf("due_at")} as due_at, revision from alert_states
      where rule_id in (select json_array_elements_text(${JSON.stringify(rule_ids)}::json))
        and (${fingerprint}::text is null or fingerprint = ${fingerprint})`,
    StateRow,
  );
}
