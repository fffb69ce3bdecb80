import { type SQL, sql } from "drizzle-orm";

/** The id of a collection that is known to exist, as a part of a statement. */
export function idOf(slug: string): SQL {
  return sql`(select id from collections where slug = ${slug})`;
}
