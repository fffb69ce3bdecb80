import { index, integer, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { time } from "./columns.ts";

/** Answers to POSTs that carried an `Idempotency-Key`, by who sent it; kept for a day. */
export const idempotency_keys = pgTable(
  "idempotency_keys",
  {
    actor_id: text("actor_id").notNull(),
    key: text("key").notNull(),
    /** Hex SHA-256 of method, path and body: the same key with another request is a mistake. */
    request_hash: text("request_hash").notNull(),
    /** Absent while the first request is under way. */
    status: integer("status"),
    /** Sealed: it may show a secret once. */
    body: text("body"),
    created_at: time("created_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.actor_id, table.key] }),
    index("idempotency_keys_created").on(table.created_at),
  ],
);
