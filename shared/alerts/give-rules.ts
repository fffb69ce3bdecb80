import type { z } from "zod";
import { AlertRuleFields } from "../contracts/alerts.ts";
import { alert_rules, metric_series } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { seriesFingerprint, seriesKey } from "../metrics/series.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { EVERY_SUBJECT } from "./catalogue.ts";

/** A rule on every series of a metric that XSEMA makes for somebody. */
export interface GivenRule {
  /** What it is known by; a user has one of each. */
  built_in: string;
  fields: z.input<typeof AlertRuleFields>;
}

/**
 * Makes rules for a user, once in the user's life: who deletes them does not want them. A series called `marker`, which
 * nobody can push, remembers that they were given. They are marked `built_in` and count toward no plan's limit.
 */
export async function giveRulesOnce(
  tx: Tx,
  ctx: Pick<Ctx, "now">,
  { user_id, marker, rules }: { user_id: string; marker: string; rules: readonly GivenRule[] },
): Promise<void> {
  const at = isoTime(ctx.now());
  const marked = await tx
    .insert(metric_series)
    .values({
      id: newId("mse", ctx.now()),
      user_id,
      name: marker,
      labels: {},
      fingerprint: await seriesFingerprint(user_id, seriesKey(marker, {})),
      subject: "",
      created_at: at,
    })
    .onConflictDoNothing()
    .returning({ id: metric_series.id });
  if (marked.length === 0) return;
  await tx
    .insert(alert_rules)
    .values(
      rules.map(({ built_in, fields }) => ({
        id: newId("rul", ctx.now()),
        user_id,
        metric: fields.metric,
        subject: EVERY_SUBJECT,
        fields: AlertRuleFields.parse(fields),
        enabled: true,
        enabled_at: at,
        built_in,
        created_at: at,
        updated_at: at,
      })),
    )
    .onConflictDoNothing();
}
