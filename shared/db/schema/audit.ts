import { bigint, index, jsonb, pgTable, text } from "drizzle-orm/pg-core";
import { time } from "./columns.ts";

/**
 * Who did what. Rows are only ever added: triggers refuse the rest, and give each row its number and the hash that
 * chains it to the one before (the migration has the functions).
 */
export const audit_log = pgTable(
  "audit_log",
  {
    /** Without a hole; given by a trigger. */
    seq: bigint("seq", { mode: "number" }).primaryKey().default(0),
    id: text("id").notNull(),
    at: time("at").notNull(),
    actor_type: text("actor_type").notNull(),
    actor_id: text("actor_id"),
    action: text("action").notNull(),
    target_type: text("target_type").notNull(),
    target_id: text("target_id"),
    before: jsonb("before"),
    after: jsonb("after"),
    ip: text("ip"),
    user_agent: text("user_agent"),
    trace_id: text("trace_id").notNull(),
    /** Hex SHA-256; 64 zeros before the first row. */
    prev_hash: text("prev_hash").notNull().default(""),
    /** Hex SHA-256 of `prev_hash`, a line feed and the row as `audit_content` writes it. */
    hash: text("hash").notNull().default(""),
  },
  (table) => [
    index("audit_log_at").on(table.at, table.seq),
    index("audit_log_actor").on(table.actor_id, table.seq),
    index("audit_log_target").on(table.target_type, table.target_id, table.seq),
    index("audit_log_action").on(table.action, table.seq),
  ],
);
