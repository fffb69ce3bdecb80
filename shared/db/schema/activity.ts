import { sql } from "drizzle-orm";
import {
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uniqueIndex,
} from "drizzle-orm/pg-core";
import { users } from "./accounts.ts";
import { time } from "./columns.ts";

const ofUser = () =>
  text("user_id")
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

/** Types of activity that a user registered; the built-in ones stand in the contracts. */
export const activity_types = pgTable(
  "activity_types",
  {
    user_id: ofUser(),
    name: text("name").notNull(),
    description: text("description"),
    /** JSON Schema (draft 2020-12) of an event's `data`. */
    schema: jsonb("schema").notNull(),
    created_at: time("created_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.user_id, table.name] })],
);

export const activity_events = pgTable(
  "activity_events",
  {
    id: text("id").primaryKey(),
    user_id: ofUser(),
    type: text("type").notNull(),
    data: jsonb("data").notNull(),
    /** What the sender calls it; the same again changes nothing. */
    event_key: text("event_key"),
    occurred_at: time("occurred_at").notNull(),
    created_at: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("activity_events_key").on(table.user_id, table.event_key).where(sql`event_key is not null`),
    index("activity_events_list").on(table.user_id, table.occurred_at, table.id),
    index("activity_events_type").on(table.user_id, table.type, table.occurred_at),
    // What a user's room may not have been told.
    index("activity_events_written").on(table.user_id, table.created_at),
  ],
);

/** Counts by day (UTC) and type, kept as events are written. */
export const activity_days = pgTable(
  "activity_days",
  {
    user_id: ofUser(),
    type: text("type").notNull(),
    day: text("day").notNull(),
    events: bigint("events", { mode: "number" }).notNull(),
  },
  (table) => [primaryKey({ columns: [table.user_id, table.type, table.day] })],
);

/** Long work, the users' own or ours. */
export const tasks = pgTable(
  "tasks",
  {
    id: text("id").primaryKey(),
    user_id: ofUser(),
    kind: text("kind").notNull(),
    title: text("title").notNull(),
    status: text("status").$type<"queued" | "running" | "completed" | "failed" | "cancelled">().notNull(),
    /** Percent done, 0 to 100; null: unknown. */
    progress: integer("progress"),
    message: text("message"),
    result: jsonb("result"),
    error: text("error"),
    revision: integer("revision").notNull().default(1),
    created_at: time("created_at").notNull(),
    updated_at: time("updated_at").notNull(),
    finished_at: time("finished_at"),
  },
  (table) => [
    index("tasks_list").on(table.user_id, table.created_at, table.id),
    index("tasks_changed").on(table.user_id, table.updated_at),
  ],
);

export const notifications = pgTable(
  "notifications",
  {
    id: text("id").primaryKey(),
    user_id: ofUser(),
    /** Such as `webhook.disabled`, `alert.fired`; preferences go by it. */
    kind: text("kind").notNull(),
    level: text("level").$type<"info" | "warning" | "error" | "critical">().notNull(),
    title: text("title").notNull(),
    body: text("body").notNull(),
    data: jsonb("data"),
    /** One notification a cause, however often it is told. */
    cause: text("cause").notNull(),
    created_at: time("created_at").notNull(),
    /** When the devices of its user were told; null: they may not have been. */
    shown_at: time("shown_at"),
    read_at: time("read_at"),
    archived_at: time("archived_at"),
  },
  (table) => [
    uniqueIndex("notifications_cause").on(table.user_id, table.cause),
    index("notifications_list").on(table.user_id, table.created_at, table.id),
    index("notifications_unshown").on(table.created_at).where(sql`shown_at is null and archived_at is null`),
    index("notifications_unread").on(table.user_id).where(sql`read_at is null and archived_at is null`),
  ],
);

/** One row a notification and channel that is not in-app. */
export const notification_sends = pgTable(
  "notification_sends",
  {
    notification_id: text("notification_id")
      .notNull()
      .references(() => notifications.id, { onDelete: "cascade" }),
    /** `email`, `slack`, `discord`, `telegram`, or one browser: see `pushChannel`. */
    channel: text("channel").notNull(),
    user_id: text("user_id").notNull(),
    status: text("status").notNull(),
    attempts: integer("attempts").notNull().default(0),
    /** Later than its creation in quiet hours, and where a burst is gathered into a digest. */
    due_at: time("due_at").notNull(),
    leased_until: time("leased_until"),
    sent_at: time("sent_at"),
    last_error: text("last_error"),
  },
  (table) => [
    primaryKey({ columns: [table.notification_id, table.channel] }),
    index("notification_sends_due").on(table.due_at).where(sql`status = 'pending'`),
  ],
);

export const notification_preferences = pgTable("notification_preferences", {
  user_id: ofUser().primaryKey(),
  /** `NotificationPreferences` of the contracts. */
  preferences: jsonb("preferences").notNull(),
  /** Sealed address of a Slack-compatible webhook. */
  slack_url: text("slack_url"),
  /** Sealed address of a Discord webhook. */
  discord_url: text("discord_url"),
  /** Sealed JSON of a Telegram bot's token and the chat it writes to. */
  telegram: text("telegram"),
  revision: integer("revision").notNull().default(1),
  updated_at: time("updated_at").notNull(),
});

export const push_subscriptions = pgTable(
  "push_subscriptions",
  {
    id: text("id").primaryKey(),
    user_id: ofUser(),
    /** Hex SHA-256 of the endpoint, which is long. */
    endpoint_hash: text("endpoint_hash").notNull(),
    /** Sealed JSON: endpoint and keys. */
    subscription: text("subscription").notNull(),
    user_agent: text("user_agent"),
    created_at: time("created_at").notNull(),
    last_used_at: time("last_used_at"),
    dead: boolean("dead").notNull().default(false),
  },
  (table) => [uniqueIndex("push_subscriptions_endpoint").on(table.user_id, table.endpoint_hash)],
);
