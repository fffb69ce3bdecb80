import { jsonb, pgTable, primaryKey, text } from "drizzle-orm/pg-core";
import { time } from "./columns.ts";

/** How far each provider was read for each collection, so that a restart neither skips nor repeats. */
export const provider_cursors = pgTable(
  "provider_cursors",
  {
    provider: text("provider").notNull(),
    collection: text("collection").notNull(),
    /** The provider's own form; opaque here. */
    cursor: jsonb("cursor").notNull(),
    updated_at: time("updated_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.provider, table.collection] })],
);
