import { sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../shared/db/client.ts";
import { readRows } from "../../shared/db/rows.ts";

const State = z.object({
  standby: z.boolean(),
  read_only: z.boolean(),
  migrated: z.boolean(),
  date_style: z.string(),
  interval_style: z.string(),
  bytea_output: z.string(),
});

/**
 * Asks the database about itself.
 * @returns why it answers and still cannot serve, for operators; `null` where it can.
 */
export async function whyNotUsable(db: Db): Promise<string | null> {
  const [state] = await readRows(
    db,
    sql`select pg_is_in_recovery() as standby, current_setting('transaction_read_only') = 'on' as read_only,
      to_regclass('collections') is not null as migrated, current_setting('DateStyle') as date_style,
      current_setting('IntervalStyle') as interval_style, current_setting('bytea_output') as bytea_output`,
    State,
  );
  if (state === undefined) throw new Error("a select without a table has one row");
  if (state.standby)
    return "The database is a standby, which only reads: DATABASE_URL must name the primary.";
  if (state.read_only) return "The database only reads: default_transaction_read_only is on.";
  if (!state.migrated)
    return "The database has no tables in its search_path: run npm run db:migrate, and let search_path name public.";
  // Where the driver's way leaves no room to set them for a session, as over HTTP.
  if (!state.date_style.startsWith("ISO")) return `DateStyle must be ISO, not ${state.date_style}.`;
  if (state.interval_style !== "postgres")
    return `IntervalStyle must be postgres, not ${state.interval_style}.`;
  if (state.bytea_output !== "hex") return `bytea_output must be hex, not ${state.bytea_output}.`;
  return null;
}
