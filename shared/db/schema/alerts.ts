import { sql } from "drizzle-orm";
import {
  boolean,
  index,
  integer,
  jsonb,
  numeric,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { users } from "./accounts.ts";
import { time } from "./columns.ts";

/** How far rules have seen what is numbered or listed elsewhere: a collection's events, a user's activity. */
export const alert_cursors = pgTable("alert_cursors", {
  /** `collection:<slug>`, `activity:<user id>`, or `rules:<engine>`: which rules have looked at readings (`takeNewRules`). */
  source: text("source").primaryKey(),
  /** Of a collection: its epoch and number; of activity: the id of the event in `epoch`, and 0. */
  epoch: text("epoch").notNull(),
  seq: numeric("seq", { mode: "number", precision: 20, scale: 0 }).notNull(),
  /** The clock of the source: rules have been evaluated up to this instant. */
  clock: time("clock").notNull(),
  updated_at: time("updated_at").notNull(),
});

/** What an alert is raised by. */
export const alert_rules = pgTable(
  "alert_rules",
  {
    id: text("id").primaryKey(),
    user_id: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    metric: text("metric").notNull(),
    /** Value of the metric's subject label, or '*' for every one: what evaluation finds rules by. */
    subject: text("subject").notNull(),
    /** `AlertRuleFields` of the contracts, whole. */
    fields: jsonb("fields").notNull(),
    enabled: boolean("enabled").notNull(),
    /** Sees what came since then. */
    enabled_at: time("enabled_at").notNull(),
    /** A one-shot rule that fired is not, until it is armed again. */
    armed: boolean("armed").notNull().default(true),
    /** Such as `host_cpu`; null: made by its owner. */
    built_in: text("built_in"),
    error: text("error"),
    error_since: time("error_since"),
    last_fired_at: time("last_fired_at"),
    expires_at: time("expires_at"),
    revision: integer("revision").notNull().default(1),
    created_at: time("created_at").notNull(),
    updated_at: time("updated_at").notNull(),
  },
  (table) => [
    index("alert_rules_subject").on(table.metric, table.subject).where(sql`enabled`),
    index("alert_rules_user").on(table.user_id, table.created_at, table.id),
    uniqueIndex("alert_rules_built_in").on(table.user_id, table.built_in).where(sql`built_in is not null`),
  ],
);

/** What a rule remembers of each series that it matches; no row: normal, and nothing is due. */
export const alert_states = pgTable(
  "alert_states",
  {
    rule_id: text("rule_id")
      .notNull()
      .references(() => alert_rules.id, { onDelete: "cascade" }),
    /** Of the labels, in order. */
    fingerprint: text("fingerprint").notNull(),
    labels: jsonb("labels").$type<Record<string, string>>().notNull(),
    /** `InstanceState` of the engine. */
    state: jsonb("state").notNull(),
    /** The alert that stands, while one does. */
    alert_id: text("alert_id"),
    /** Engine that looks after it: `collection:<slug>`, `user:<id>`, `platform`. */
    engine: text("engine").notNull(),
    /** When time alone may change it; null: never. */
    due_at: time("due_at"),
    revision: integer("revision").notNull().default(1),
    updated_at: time("updated_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.rule_id, table.fingerprint] }),
    index("alert_states_due").on(table.engine, table.due_at).where(sql`due_at is not null`),
    index("alert_states_sweep").on(table.due_at).where(sql`due_at is not null`),
  ],
);

/** One episode of a rule and series, from pending or active until it resolved. */
export const alerts = pgTable(
  "alerts",
  {
    id: text("id").primaryKey(),
    /** Without a reference: what happened stays when the rule goes. */
    rule_id: text("rule_id").notNull(),
    user_id: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    fingerprint: text("fingerprint").notNull(),
    labels: jsonb("labels").$type<Record<string, string>>().notNull(),
    name: text("name").notNull(),
    metric: text("metric").notNull(),
    level: text("level").$type<"info" | "warning" | "error" | "critical">().notNull(),
    condition: text("condition").$type<"value" | "change_percent" | "absence">().notNull(),
    operator: text("operator"),
    threshold: text("threshold"),
    state: text("state").$type<"pending" | "active" | "acknowledged" | "resolved">().notNull(),
    health: text("health").$type<"ok" | "no_data" | "error">().notNull(),
    value: text("value"),
    message: text("message").notNull(),
    started_at: time("started_at").notNull(),
    fired_at: time("fired_at"),
    resolved_at: time("resolved_at"),
    resolved_reason: text("resolved_reason"),
    acknowledged_at: time("acknowledged_at"),
    /** The user who did. */
    acknowledged_by: text("acknowledged_by"),
    comment: text("comment"),
    flapping: boolean("flapping").notNull().default(false),
    /** When its second channel is told, unless somebody acknowledges before; by the wall clock. */
    escalate_at: time("escalate_at"),
    escalated_at: time("escalated_at"),
    revision: integer("revision").notNull().default(1),
    created_at: time("created_at").notNull(),
    updated_at: time("updated_at").notNull(),
  },
  (table) => [
    // Whoever evaluates, and however many do: one alert stands for a rule and series.
    uniqueIndex("alerts_standing").on(table.rule_id, table.fingerprint).where(sql`state <> 'resolved'`),
    index("alerts_list").on(table.user_id, table.created_at, table.id),
    index("alerts_state").on(table.user_id, table.state, table.created_at, table.id),
    index("alerts_rule").on(table.rule_id, table.created_at),
    index("alerts_changed").on(table.user_id, table.updated_at),
    index("alerts_escalate").on(table.escalate_at).where(sql`escalate_at is not null`),
  ],
);

export const alert_transitions = pgTable(
  "alert_transitions",
  {
    alert_id: text("alert_id")
      .notNull()
      .references(() => alerts.id, { onDelete: "cascade" }),
    number: integer("number").notNull(),
    from_state: text("from_state"),
    to_state: text("to_state").notNull(),
    at: time("at").notNull(),
    recorded_at: time("recorded_at").notNull(),
    value: text("value"),
    reason: text("reason").notNull(),
    /** User id, where somebody did it by hand. */
    actor: text("actor"),
    comment: text("comment"),
  },
  (table) => [primaryKey({ columns: [table.alert_id, table.number] })],
);

/** Alerts that are told together, as Alertmanager groups them. */
export const alert_groups = pgTable(
  "alert_groups",
  {
    id: text("id").primaryKey(),
    user_id: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** Of what they have in common: labels, channels, waits. */
    key: text("key").notNull(),
    channels: jsonb("channels").$type<string[] | null>(),
    group_interval_ms: numeric("group_interval_ms", { mode: "number" }).notNull(),
    repeat_interval_ms: numeric("repeat_interval_ms", { mode: "number" }).notNull(),
    /** Notifications so far; names the next one's cause. */
    told: integer("told").notNull().default(0),
    last_told_at: time("last_told_at"),
    /** When it is looked at next, by the wall clock. */
    due_at: time("due_at").notNull(),
    created_at: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("alert_groups_key").on(table.user_id, table.key),
    index("alert_groups_due").on(table.due_at),
  ],
);

export const alert_group_members = pgTable(
  "alert_group_members",
  {
    group_id: text("group_id")
      .notNull()
      .references(() => alert_groups.id, { onDelete: "cascade" }),
    alert_id: text("alert_id")
      .notNull()
      .references(() => alerts.id, { onDelete: "cascade" }),
    /** `ToldState` of the telling; null: webhooks know, the group tells it next. */
    told_state: text("told_state"),
  },
  (table) => [
    primaryKey({ columns: [table.group_id, table.alert_id] }),
    index("alert_group_members_alert").on(table.alert_id),
  ],
);

export const silences = pgTable(
  "silences",
  {
    id: text("id").primaryKey(),
    user_id: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    matchers: jsonb("matchers").notNull(),
    starts_at: time("starts_at").notNull(),
    ends_at: time("ends_at").notNull(),
    comment: text("comment"),
    created_by: text("created_by").notNull(),
    created_at: time("created_at").notNull(),
  },
  (table) => [index("silences_user").on(table.user_id, table.ends_at)],
);
