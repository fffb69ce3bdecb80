import { sql } from "drizzle-orm";
import type { Reader } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";

/**
 * Makes the rows of collections that Postgres does not know yet, as the first flush of their rooms would: so that what was
 * just taken can be named at once. One statement; those that are there stay as they are. `now`: ms since 1970.
 */
export async function makeCollections(
  db: Reader,
  collections: readonly { slug: string; simulated: boolean }[],
  now: number,
): Promise<void> {
  // In one order, so that two who make the same ones wait for each other and do not lock crosswise.
  const rows = [...collections]
    .sort((a, b) => (a.slug < b.slug ? -1 : 1))
    .map((each) => ({ ...each, id: newId("col", now) }));
  await db.execute(sql`
    insert into collections (id, slug, name, source, simulated, created_at, updated_at)
    select id, slug, slug, 'room', simulated, ${isoTime(now)}::timestamptz, ${isoTime(now)}::timestamptz
    from json_to_recordset(${JSON.stringify(rows)}::json) as i(id text, slug text, simulated boolean)
    on conflict (slug) do nothing`);
}
