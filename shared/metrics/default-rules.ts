import { AlertRuleFields } from "../contracts/alerts.ts";
import { alert_rules, metric_series } from "../db/schema/index.ts";
import type { Tx } from "../db/transaction.ts";
import { isoTime } from "../platform/clock.ts";
import type { Ctx } from "../platform/ctx.ts";
import { newId } from "../platform/ids.ts";
import { seriesFingerprint, seriesKey } from "./series.ts";

/** A series of this name remembers that a user was given the default rules; nobody can push it. */
const MARKER = "xsema.default_rules";

const DEFAULT_RULES = [
  {
    built_in: "host_cpu",
    name: "CPU above 80 % on any host",
    description: "Made with your first reading of a host: its CPU was busy for more than 80 % for a minute.",
    metric: "host.cpu_percent",
    threshold: "80",
  },
  {
    built_in: "host_memory",
    name: "Memory above 85 % on any host",
    description:
      "Made with your first reading of a host: more than 85 % of its memory was in use for a minute.",
    metric: "host.memory_percent",
    threshold: "85",
  },
] as const;

/**
 * Makes the two rules that everybody has who has a host, once in a user's life: who deletes them does not want them. They
 * are marked `built_in` and count toward no plan's limit.
 */
export async function ensureDefaultRules(tx: Tx, ctx: Pick<Ctx, "now">, user_id: string): Promise<void> {
  const at = isoTime(ctx.now());
  const marked = await tx
    .insert(metric_series)
    .values({
      id: newId("mse", ctx.now()),
      user_id,
      name: MARKER,
      labels: {},
      fingerprint: await seriesFingerprint(user_id, seriesKey(MARKER, {})),
      subject: "",
      created_at: at,
    })
    .onConflictDoNothing()
    .returning({ id: metric_series.id });
  if (marked.length === 0) return;
  await tx
    .insert(alert_rules)
    .values(
      DEFAULT_RULES.map(({ built_in, ...wanted }) => ({
        id: newId("rul", ctx.now()),
        user_id,
        metric: wanted.metric,
        subject: "*",
        fields: AlertRuleFields.parse({ ...wanted, operator: ">", for: "1m", level: "warning" }),
        enabled: true,
        enabled_at: at,
        built_in,
        created_at: at,
        updated_at: at,
      })),
    )
    .onConflictDoNothing();
}
