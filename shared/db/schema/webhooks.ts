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
import { api_keys, users } from "./accounts.ts";
import { time } from "./columns.ts";

/** An endpoint that wants to be told. What is secret in it is sealed. */
export const webhooks = pgTable(
  "webhooks",
  {
    id: text("id").primaryKey(),
    user_id: text("user_id")
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    /** The key that made it, and stops it when it ends; null: a person made it. */
    api_key_id: text("api_key_id").references(() => api_keys.id, { onDelete: "cascade" }),
    url: text("url").notNull(),
    description: text("description"),
    /** As its owner named them: types, or prefixes such as `market.*`. */
    event_types: text("event_types").array().notNull(),
    /** Slugs; null: every collection. */
    collections: text("collections").array(),
    /** `WebhookFilter` of the contracts; null: everything of those types. */
    filter: jsonb("filter"),
    /** Sealed JSON of the custom headers. */
    headers: text("headers"),
    /** Sealed `whsec_` text. */
    secret: text("secret").notNull(),
    /** The one before, which signs too until `previous_secret_until`. */
    previous_secret: text("previous_secret"),
    previous_secret_until: time("previous_secret_until"),
    /** One message at a time for each collection, in the order of their causes. */
    ordered: boolean("ordered").notNull().default(false),
    status: text("status").$type<"active" | "disabled">().notNull(),
    /** `owner`, `administrator`, `key_revoked`, `failures`, `gone`. */
    disabled_reason: text("disabled_reason"),
    disabled_at: time("disabled_at"),
    /** Messages in a row whose every attempt failed; any success makes it 0. */
    failed_in_a_row: integer("failed_in_a_row").notNull().default(0),
    last_success_at: time("last_success_at"),
    last_failure_at: time("last_failure_at"),
    /** The newest replays that were asked for, `StoredReplay` each, so that the same one asked twice is one. */
    replays: jsonb("replays"),
    revision: integer("revision").notNull().default(1),
    created_at: time("created_at").notNull(),
    updated_at: time("updated_at").notNull(),
  },
  (table) => [
    index("webhooks_user").on(table.user_id, table.created_at),
    index("webhooks_created").on(table.created_at, table.id),
    index("webhooks_key").on(table.api_key_id).where(sql`api_key_id is not null`),
  ],
);

/**
 * Which active endpoints want which events, spelled out so that a flush finds them by index: one row a concrete
 * event type and collection. `collection` is '*' for every one, and '' for events that have none.
 */
export const webhook_topics = pgTable(
  "webhook_topics",
  {
    event_type: text("event_type").notNull(),
    collection: text("collection").notNull(),
    webhook_id: text("webhook_id")
      .notNull()
      .references(() => webhooks.id, { onDelete: "cascade" }),
    /** Whose own events it gets; market events are everybody's. */
    user_id: text("user_id").notNull(),
    /** Of market events with a price, per item; null: any. */
    min_price: text("min_price"),
    since: time("since").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.event_type, table.collection, table.webhook_id] }),
    index("webhook_topics_webhook").on(table.webhook_id),
  ],
);

/** The outbox: what happened, written in the transaction of the cause, once, where somebody wants it. */
export const messages = pgTable(
  "messages",
  {
    /** The `webhook-id` of every attempt. For market events it follows from epoch and number, so a repeated flush adds none. */
    id: text("id").primaryKey(),
    type: text("type").notNull(),
    /** Null: everybody's. */
    user_id: text("user_id"),
    collection: text("collection"),
    data: jsonb("data").notNull(),
    occurred_at: time("occurred_at").notNull(),
    created_at: time("created_at").notNull(),
    /** Worthless from then on: dropped, and logged as such. */
    expires_at: time("expires_at"),
  },
  (table) => [
    index("messages_created").on(table.created_at),
    index("messages_type").on(table.type, table.collection, table.occurred_at),
  ],
);

/** One message on its way to one endpoint. */
export const deliveries = pgTable(
  "deliveries",
  {
    id: text("id").primaryKey(),
    webhook_id: text("webhook_id")
      .notNull()
      .references(() => webhooks.id, { onDelete: "cascade" }),
    message_id: text("message_id")
      .notNull()
      .references(() => messages.id, { onDelete: "cascade" }),
    /** Of the cause within its collection, for `ordered`; else 0. */
    position: bigint("position", { mode: "number" }).notNull().default(0),
    collection: text("collection").notNull().default(""),
    /** `resend`, `replay` and `test` are asked for; `event` happened. */
    cause: text("cause").$type<"event" | "test" | "resend" | "replay">().notNull(),
    /** `pending`, `delivered`, `failed` (no attempt left), `expired`, `skipped` (the filter), `withheld` (its owner may not see it), `cancelled` (endpoint disabled). */
    status: text("status").notNull(),
    attempts: integer("attempts").notNull().default(0),
    next_attempt_at: time("next_attempt_at"),
    /** Why it is then. */
    next_attempt_reason: text("next_attempt_reason"),
    /** Somebody is sending it until then; after that, whoever comes may. */
    leased_until: time("leased_until"),
    created_at: time("created_at").notNull(),
    finished_at: time("finished_at"),
  },
  (table) => [
    uniqueIndex("deliveries_event").on(table.webhook_id, table.message_id).where(sql`cause = 'event'`),
    index("deliveries_due").on(table.webhook_id, table.next_attempt_at).where(sql`status = 'pending'`),
    index("deliveries_sweep").on(table.next_attempt_at).where(sql`status = 'pending'`),
    index("deliveries_message").on(table.message_id),
    index("deliveries_list").on(table.webhook_id, table.created_at, table.id),
  ],
);

/** What was sent at each attempt and what came back. */
export const delivery_attempts = pgTable(
  "delivery_attempts",
  {
    delivery_id: text("delivery_id")
      .notNull()
      .references(() => deliveries.id, { onDelete: "cascade" }),
    attempt: integer("attempt").notNull(),
    at: time("at").notNull(),
    duration_ms: integer("duration_ms").notNull(),
    url: text("url").notNull(),
    /** Without secrets: custom headers are named, their values are not kept. */
    request_headers: jsonb("request_headers").notNull(),
    request_body: text("request_body").notNull(),
    response_status: integer("response_status"),
    response_headers: jsonb("response_headers"),
    /** Its first 4 KiB. */
    response_body: text("response_body"),
    /** `timeout`, `refused_address`, `connection`, `redirect`, `status`; null where it succeeded. */
    error: text("error"),
    error_detail: text("error_detail"),
    trace_id: text("trace_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.delivery_id, table.attempt] })],
);
