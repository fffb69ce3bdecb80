import { boolean, index, jsonb, numeric, pgTable, primaryKey, text, uniqueIndex } from "drizzle-orm/pg-core";
import { users } from "./accounts.ts";
import { time } from "./columns.ts";

/** Series of readings that were pushed, a user's own; or the platform's, without a user. */
export const metric_series = pgTable(
  "metric_series",
  {
    id: text("id").primaryKey(),
    /** Null: the platform's. */
    user_id: text("user_id").references(() => users.id, { onDelete: "cascade" }),
    name: text("name").notNull(),
    labels: jsonb("labels").$type<Record<string, string>>().notNull(),
    /** Hex SHA-256 of owner, name and labels in order. */
    fingerprint: text("fingerprint").notNull(),
    /** Value of the label that rules find it by, such as the host; '' where it has none. */
    subject: text("subject").notNull(),
    counter: boolean("counter").notNull().default(false),
    /** As the newest reading that named one has it. */
    unit: text("unit"),
    /** The newest reading; of a counter, as it was read. */
    last_raw: numeric("last_raw"),
    last_at: time("last_at"),
    /** Up to where rules have seen it. */
    evaluated_at: time("evaluated_at"),
    created_at: time("created_at").notNull(),
  },
  (table) => [
    uniqueIndex("metric_series_fingerprint").on(table.fingerprint),
    index("metric_series_subject").on(table.user_id, table.name, table.subject),
    index("metric_series_last").on(table.last_at),
  ],
);

/**
 * The newest buckets of histograms that count from their start, by the series of their counts: what grew since tells the
 * quantiles of an interval.
 */
export const metric_histograms = pgTable("metric_histograms", {
  series_id: text("series_id")
    .primaryKey()
    .references(() => metric_series.id, { onDelete: "cascade" }),
  at: time("at").notNull(),
  /** Lower end, upper end and count of each bucket that holds something. */
  buckets: jsonb("buckets").$type<[number, number, number][]>().notNull(),
});

/** Readings; of a counter, its rate per second since the reading before. */
export const metric_samples = pgTable(
  "metric_samples",
  {
    series_id: text("series_id")
      .notNull()
      .references(() => metric_series.id, { onDelete: "cascade" }),
    at: time("at").notNull(),
    value: numeric("value").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.series_id, table.at] }),
    // Readings lie in the order of their arrival, so a few bytes a block find those that are too old to be kept.
    index("metric_samples_at").using("brin", table.at),
  ],
);
