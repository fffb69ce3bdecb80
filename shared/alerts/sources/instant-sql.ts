import { type SQL, sql } from "drizzle-orm";

/** A `timestamptz` as whole milliseconds since 1970. */
export const msOf = (column: string): SQL => sql.raw(`round(extract(epoch from ${column}) * 1000)::bigint`);

/** When an event `e` counts: never after it was received, whatever it claims, or the clock would be ahead for ever. */
export const COUNTED_AT_MS: SQL = msOf("least(e.occurred_at, e.received_at)");
