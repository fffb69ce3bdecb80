import { z } from "@hono/zod-openapi";
import { AlertRule, AlertRuleFields, TransitionReason } from "../../../shared/contracts/alerts.ts";
import { Instant } from "../../../shared/contracts/primitives.ts";
import { Cursor, limit, oneOf, pathId, text } from "../../../shared/platform/http/parameters.ts";
import { query } from "../../../shared/platform/http/query.ts";

const Time = z.string().pipe(Instant);

export const RuleParams = z.object({
  id: pathId("rul", "rule"),
});

const EXAMPLE = {
  name: "Floor of CryptoPunks falls",
  metric: "market.floor",
  labels: { collection: "cryptopunks" },
  condition: "change_percent",
  operator: "<=",
  threshold: "-10",
  window: "1h",
  level: "warning",
} as const;

export const CreateRuleRequest = AlertRuleFields.extend({}).openapi("CreateAlertRuleRequest", {
  example: EXAMPLE,
});
export type CreateRuleRequest = z.output<typeof CreateRuleRequest>;

const { shape } = AlertRuleFields;

/** The same fields without what they are by default: what is left out stays. */
const changes = {
  name: shape.name,
  description: shape.description.unwrap(),
  metric: shape.metric,
  labels: shape.labels.unwrap(),
  condition: shape.condition.unwrap(),
  operator: shape.operator.unwrap(),
  threshold: shape.threshold.unwrap(),
  clear_threshold: shape.clear_threshold.unwrap(),
  window: shape.window.unwrap(),
  for: shape.for.unwrap(),
  keep_firing_for: shape.keep_firing_for.unwrap(),
  cooldown: shape.cooldown.unwrap(),
  level: shape.level.unwrap(),
  channels: shape.channels.unwrap(),
  message: shape.message.unwrap(),
  active_hours: shape.active_hours.unwrap(),
  expires_at: shape.expires_at.unwrap(),
  one_shot: shape.one_shot.unwrap(),
  no_data: shape.no_data.unwrap(),
  on_error: shape.on_error.unwrap(),
  group_by: shape.group_by.unwrap(),
  group_wait: shape.group_wait.unwrap(),
  group_interval: shape.group_interval.unwrap(),
  repeat_interval: shape.repeat_interval.unwrap(),
  escalation: shape.escalation.unwrap(),
  enabled: shape.enabled.unwrap(),
} satisfies Record<keyof AlertRuleFields, z.ZodType>;

export const ChangeRuleRequest = z
  .strictObject(changes)
  .partial()
  .refine(
    (change) => Object.keys(change).length > 0,
    `must change something: ${Object.keys(changes).join(", ")}`,
  )
  .openapi("ChangeAlertRuleRequest", { example: { threshold: "-15", level: "error" } });
export type ChangeRuleRequest = z.output<typeof ChangeRuleRequest>;

export const RulesQuery = query({
  metric: text(100).optional().openapi({ example: "market.floor", description: "Only rules on this metric" }),
  state: oneOf(["pending", "active", "acknowledged", "normal", "error"]).optional().openapi({
    description: "Rules with an alert in this state; `normal`: with none; `error`: that cannot be evaluated",
  }),
  enabled: oneOf(["true", "false"])
    .transform((word) => word === "true")
    .optional()
    .openapi({ type: "boolean", description: "Only rules that are on, or only those that are off" }),
  q: text(100).optional().openapi({ description: "In the name, the description or the metric" }),
  limit: limit(100, 50),
  cursor: Cursor,
});
export type RulesQuery = z.output<typeof RulesQuery>;

export const RulePage = z
  .object({ data: z.array(AlertRule), next_cursor: z.string().nullable() })
  .openapi("AlertRulePage");
export type RulePage = z.infer<typeof RulePage>;

export const PreviewRequest = AlertRuleFields.extend({
  name: shape.name.default("Preview"),
  from: Time.optional().openapi({
    type: "string",
    format: "date-time",
    description: "By default, 7 days before `to`; at most 90",
  }),
  to: Time.optional().openapi({ type: "string", format: "date-time", description: "By default, now" }),
}).openapi("PreviewAlertRuleRequest", { example: { ...EXAMPLE, from: "2026-11-14T00:00:00Z" } });
export type PreviewRequest = z.output<typeof PreviewRequest>;

const Labels = z.record(z.string(), z.string());

export const PreviewAnswer = z
  .object({
    from: z.string(),
    to: z.string(),
    count: z.int().openapi({ description: "How often it would have fired" }),
    firings: z.array(
      z.object({
        labels: Labels,
        started_at: z.string().openapi({ description: "When its condition began to hold" }),
        fired_at: z.string(),
        resolved_at: z.string().nullable().openapi({ description: "Null: it would still stand" }),
        resolved_reason: TransitionReason.nullable(),
        value: z.string().nullable(),
      }),
    ),
    series: z
      .array(
        z.object({
          labels: Labels,
          points: z.array(z.object({ at: z.string(), value: z.string().nullable() })),
        }),
      )
      .openapi({
        description: "What would have been compared with the threshold; null where nothing was known",
      }),
  })
  .openapi("AlertRulePreview");
export type PreviewAnswer = z.infer<typeof PreviewAnswer>;
