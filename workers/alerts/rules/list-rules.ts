import { and, desc, eq, isNotNull, type SQL, sql } from "drizzle-orm";
import { alert_rules } from "../../../shared/db/schema/index.ts";
import { ownerOf } from "../../../shared/platform/actor.ts";
import type { Ctx } from "../../../shared/platform/ctx.ts";
import { beyond, pageOf } from "../paging.ts";
import { showRules } from "./rule-store.ts";
import type { RulePage, RulesQuery } from "./schema.ts";

/** Rules with an alert that stands in a state. */
const withAlert = (state: SQL): SQL =>
  sql`exists (select 1 from alerts a where a.rule_id = ${alert_rules.id} and a.state <> 'resolved' and ${state})`;

function inState(state: RulesQuery["state"]): SQL | undefined {
  if (state === undefined) return undefined;
  if (state === "error") return isNotNull(alert_rules.error);
  if (state === "normal") return sql`not ${withAlert(sql`true`)}`;
  return withAlert(sql`a.state = ${state}`);
}

function holds(q: string | undefined): SQL | undefined {
  if (q === undefined) return undefined;
  const pattern = `%${q.replaceAll(/[\\%_]/g, "\\$&")}%`;
  const { fields, metric } = alert_rules;
  return sql`(${fields} ->> 'name' ilike ${pattern} or ${fields} ->> 'description' ilike ${pattern} or ${metric} ilike ${pattern})`;
}

/** The rules of whoever asks, newest first. */
export async function listRules(ctx: Pick<Ctx, "db" | "actor">, asked: RulesQuery): Promise<RulePage> {
  const user_id = ownerOf(ctx);
  const { metric, state, enabled, q, limit, cursor } = asked;
  const scope = ["alert-rules", user_id, metric, state, enabled, q].map((part) => part ?? null);
  const rows = await ctx.db
    .select()
    .from(alert_rules)
    .where(
      and(
        eq(alert_rules.user_id, user_id),
        metric === undefined ? undefined : eq(alert_rules.metric, metric),
        enabled === undefined ? undefined : eq(alert_rules.enabled, enabled),
        inState(state),
        holds(q),
        beyond(cursor, scope, sql`(${alert_rules.created_at}, ${alert_rules.id})`),
      ),
    )
    .orderBy(desc(alert_rules.created_at), desc(alert_rules.id))
    .limit(limit + 1);
  const { page, next_cursor } = pageOf(rows, limit, scope);
  return { data: await showRules(ctx, page), next_cursor };
}
