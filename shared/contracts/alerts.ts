import { z } from "zod";
import { duration } from "./duration.ts";
import { MetricLabels, MetricName, MetricValue } from "./metrics.ts";
import { NotificationChannel, NotificationLevel } from "./notifications.ts";
import { ClockTime, freeText, Instant, lineText, TimeZone } from "./primitives.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const DAY = 1440 * MINUTE;

/**
 * What is compared with the threshold. `value`: the metric. `change_percent`: how far it is, in percent, from what it was a
 * window ago (a windowed metric: from the window before). `absence`: nothing is compared; it fires when no data came for `for`.
 */
export const AlertCondition = z.enum(["value", "change_percent", "absence"]);
export type AlertCondition = z.infer<typeof AlertCondition>;

export const AlertOperator = z.enum(["<", "<=", ">", ">=", "==", "!="], {
  error: "must be <, <=, >, >=, == or !=",
});
export type AlertOperator = z.infer<typeof AlertOperator>;

/** What becomes of a rule while its metric has no value, or cannot be read. */
export const MissingPolicy = z.enum(["fire", "keep", "resolve"]);
export type MissingPolicy = z.infer<typeof MissingPolicy>;

export const Weekday = z.enum(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]);

/** Alerts begin only within these hours, by the clocks of the zone; over midnight where `end` is the earlier. */
export const ActiveHours = z
  .strictObject({
    days: z
      .array(Weekday)
      .min(1)
      .max(7)
      .default([...Weekday.options]),
    start: ClockTime.default("00:00"),
    end: ClockTime.default("00:00"),
    time_zone: TimeZone,
  })
  // No id: by reference it could not be null in the API's document.
  .describe("Alerts begin only within these hours, over midnight where `end` is the earlier");
export type ActiveHours = z.infer<typeof ActiveHours>;

export const Escalation = z
  .strictObject({
    /** When nobody acknowledges for so long. */
    after: duration(10 * SECOND, 30 * DAY),
    channels: z.array(NotificationChannel).min(1),
  })
  .describe("When nobody acknowledges for `after`, one is told by these channels as well");
export type Escalation = z.infer<typeof Escalation>;

/** What an alert's message may name in `{{…}}`; `labels.` takes any label of the series. */
export const PLACEHOLDERS = [
  "name",
  "metric",
  "value",
  "threshold",
  "operator",
  "level",
  "at",
  "unit",
] as const;
const PLACEHOLDER = /\{\{\s*([^{}]*?)\s*\}\}/g;

function unknownPlaceholder(template: string): string | undefined {
  for (const [, name = ""] of template.matchAll(PLACEHOLDER))
    if (!PLACEHOLDERS.some((known) => known === name) && !/^labels\.[a-z_][a-z0-9_]*$/.test(name))
      return name;
  return undefined;
}

export const MessageTemplate = freeText(1000).refine(
  (template) => unknownPlaceholder(template) === undefined,
  {
    error: ({ input }) =>
      `names {{${unknownPlaceholder(String(input))}}}; known are ${PLACEHOLDERS.join(", ")} and labels.<name>`,
  },
);

const LabelName = z
  .string()
  .max(64)
  .regex(/^[a-z_][a-z0-9_]*$/, 'must be the name of a label, such as "collection"');

/** Fields of a rule as its owner writes them; which belong together is checked by `checkRule` of the alerts. */
export const AlertRuleFields = z.strictObject({
  // In one line: it is the subject of mails, which take no other.
  name: lineText(100),
  description: freeText(1000).nullable().default(null),
  metric: MetricName,
  labels: MetricLabels.describe(
    "A label that is left out matches every series, and each series has an alert of its own.",
  ).default({}),
  condition: AlertCondition.describe(
    "`value`: the metric is compared. `change_percent`: how far it is, in percent, from what it was a window ago. `absence`: it fires when no data came for `for`.",
  ).default("value"),
  operator: AlertOperator.nullable().describe("Left out for `absence` only").default(null),
  threshold: MetricValue.nullable()
    .describe("Percent for `change_percent`, so -10 is ten percent less")
    .default(null),
  clear_threshold: MetricValue.nullable()
    .describe("What fires goes on until this is crossed back; by default, the threshold itself")
    .default(null),
  window: duration(MINUTE, 30 * DAY)
    .nullable()
    .meta({ type: ["string", "null"] })
    .describe(
      "What a windowed metric counts over, a sampled one is averaged over, or a change is counted since",
    )
    .default(null),
  for: duration(0, 30 * DAY)
    .describe("The condition must hold for so long before it fires")
    .default("0s"),
  keep_firing_for: duration(0, 7 * DAY)
    .describe("It must not hold for so long before the alert resolves")
    .default("0s"),
  cooldown: duration(0, 30 * DAY)
    .describe("After an alert resolved, none fires for so long")
    .default("0s"),
  level: NotificationLevel.default("warning"),
  channels: z
    .array(NotificationChannel)
    .max(10)
    .nullable()
    .describe("How one is told; null: by one's notification preferences")
    .default(null),
  message: MessageTemplate.nullable()
    .describe(`What an alert says, with {{${PLACEHOLDERS.join("}}, {{")}}} or {{labels.<name>}} in it`)
    .default(null),
  active_hours: ActiveHours.nullable().default(null),
  expires_at: Instant.nullable().describe("The rule ends then, and what it raised with it").default(null),
  one_shot: z
    .boolean()
    .describe("Fires once, and again only after `POST /alert-rules/{id}/rearm`")
    .default(false),
  no_data: MissingPolicy.describe(
    "While the metric has no value: `fire` takes that for the condition, `keep` leaves everything as it is, `resolve` takes it for the end",
  ).default("keep"),
  on_error: MissingPolicy.describe("The same while the metric cannot be read").default("keep"),
  group_by: z
    .array(LabelName)
    .max(10)
    .describe(
      "Alerts with the same of these (`rule`, `metric`, `level` or a label) are told together; none: all of one's alerts",
    )
    .default([]),
  group_wait: duration(0, DAY)
    .describe("How long the first notification of a group waits for others to join")
    .default("30s"),
  group_interval: duration(SECOND, DAY)
    .describe("The least between two notifications of a group")
    .default("5m"),
  repeat_interval: duration(MINUTE, 30 * DAY)
    .describe("How often one is told again of what goes on and nobody acknowledges")
    .default("4h"),
  escalation: Escalation.nullable().default(null),
  enabled: z.boolean().default(true),
});
export type AlertRuleFields = z.output<typeof AlertRuleFields>;

/** A rule that is well formed and whose fields belong together, as it is kept. */
export const AlertRule = AlertRuleFields.extend({
  id: z.string(),
  threshold: z.string().nullable(),
  clear_threshold: z.string().nullable(),
  /** A one-shot rule that has fired is not. */
  armed: z.boolean(),
  /** Made by XSEMA, such as the two on a host's CPU and memory. */
  built_in: z.boolean(),
  /** What its instances are now, by state. */
  states: z.object({ pending: z.int(), active: z.int(), acknowledged: z.int() }),
  /** Why it could not be evaluated last; null: it could. */
  error: z.string().nullable(),
  last_fired_at: z.string().nullable(),
  revision: z.int(),
  created_at: z.string(),
  updated_at: z.string(),
}).meta({ id: "AlertRule" });
export type AlertRule = z.infer<typeof AlertRule>;

export const AlertState = z.enum(["pending", "active", "acknowledged", "resolved"], {
  error: "must be pending, active, acknowledged or resolved",
});
export type AlertState = z.infer<typeof AlertState>;

/** Whether the metric could be read. */
export const AlertHealth = z.enum(["ok", "no_data", "error"]);
export type AlertHealth = z.infer<typeof AlertHealth>;

/** Why an alert went from one state to another. */
export const TransitionReason = z.enum([
  "condition_met",
  "held_for",
  "no_data",
  "error",
  "condition_cleared",
  "corrected",
  "acknowledged",
  "resolved_by_hand",
  "rule_changed",
  "rule_disabled",
  "rule_deleted",
  "rule_expired",
]);
export type TransitionReason = z.infer<typeof TransitionReason>;

export const AlertTransition = z
  .object({
    number: z.int(),
    from: AlertState.nullable(),
    to: AlertState,
    /** By the clock of what was measured. */
    at: z.string(),
    recorded_at: z.string(),
    value: z.string().nullable(),
    reason: TransitionReason,
    /** Who did it by hand. */
    actor: z.string().nullable(),
    comment: z.string().nullable(),
  })
  .meta({ id: "AlertTransition" });
export type AlertTransition = z.infer<typeof AlertTransition>;

export const Alert = z
  .object({
    id: z.string(),
    rule_id: z.string(),
    name: z.string(),
    metric: z.string(),
    labels: z.record(z.string(), z.string()),
    level: NotificationLevel,
    state: AlertState,
    health: AlertHealth,
    condition: AlertCondition,
    operator: z.string().nullable(),
    threshold: z.string().nullable(),
    /** That caused the newest transition; for `change_percent` in percent. Null: there was none. */
    value: z.string().nullable(),
    message: z.string(),
    /** When the condition began to hold, fired and ended, by the clock of what was measured. */
    started_at: z.string(),
    fired_at: z.string().nullable(),
    resolved_at: z.string().nullable(),
    resolved_reason: TransitionReason.nullable(),
    acknowledged_at: z.string().nullable(),
    acknowledged_by: z.string().nullable(),
    comment: z.string().nullable(),
    /** Silences that hold it back now. */
    silenced_by: z.array(z.string()),
    /** It came and went so often that it is kept active for longer. */
    flapping: z.boolean(),
    escalated_at: z.string().nullable(),
    revision: z.int(),
    updated_at: z.string(),
  })
  .meta({ id: "Alert" });
export type Alert = z.infer<typeof Alert>;

const MatchedText = z
  .string()
  .max(500, "must be at most 500 characters long")
  .refine((text) => text.isWellFormed() && !text.includes("\0"), "must not hold NUL or broken Unicode");
/** So many texts may stand in one matcher. */
const MOST_VALUES = 50;

/** How many of one's alerts stand, by state. */
export const AlertCounts = z
  .object({ pending: z.int(), active: z.int(), acknowledged: z.int() })
  .meta({ id: "AlertCounts" });
export type AlertCounts = z.infer<typeof AlertCounts>;

/** `~` and `!~` compare with a pattern in which `*` is any text: a regular expression of a stranger's may never end. */
export const SilenceMatcher = z.strictObject({
  /** A label, or `metric`, `rule`, `level`, `name`. */
  label: LabelName,
  operator: z.enum(["=", "!=", "~", "!~"], { error: "must be =, !=, ~ or !~" }).default("="),
  /** Empty: the series has no such label. Of a list, `=` and `~` hold for any, `!=` and `!~` for none. */
  value: z.union(
    [
      MatchedText,
      z
        .array(MatchedText)
        .min(1, "must hold a text")
        .max(MOST_VALUES, `must hold at most ${MOST_VALUES} texts`),
    ],
    { error: "must be a text, or a list of texts" },
  ),
});
export type SilenceMatcher = z.infer<typeof SilenceMatcher>;

export const SilenceFields = z.strictObject({
  matchers: z.array(SilenceMatcher).min(1).max(10),
  starts_at: Instant.optional(),
  ends_at: Instant,
  comment: freeText(500).nullable().default(null),
});
export type SilenceFields = z.output<typeof SilenceFields>;

export const Silence = z
  .object({
    id: z.string(),
    matchers: z.array(SilenceMatcher),
    starts_at: z.string(),
    ends_at: z.string(),
    comment: z.string().nullable(),
    state: z.enum(["waiting", "active", "ended"]),
    created_by: z.string(),
    created_at: z.string(),
  })
  .meta({ id: "Silence" });
export type Silence = z.infer<typeof Silence>;

/** Standing alerts that matchers hold for now. */
export const SilenceHits = z
  .object({
    /** How many; at most the 5,000 newest alerts that stand are looked at. */
    count: z.int(),
    /** The newest of them. */
    first: z
      .array(
        Alert.pick({
          id: true,
          rule_id: true,
          name: true,
          metric: true,
          labels: true,
          level: true,
          state: true,
        }),
      )
      .max(20),
  })
  .meta({ id: "SilenceHits" });
export type SilenceHits = z.infer<typeof SilenceHits>;

/** RPC surface of an `AlertEngine`: one object a collection (`collection:<slug>`), user (`user:<id>`) and the `platform`. */
export interface AlertEngineRpc {
  /** Data came, or something fell due: look now. Answers at once; the work goes on. */
  wake(name: string, traceparent: string | null): Promise<void>;
}
