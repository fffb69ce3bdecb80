import { type SQL, sql } from "drizzle-orm";
import { z } from "zod";
import { decodeCursor, encodeCursor } from "../../shared/db/cursor.ts";
import { isoOfTimestamp } from "../../shared/db/instant.ts";

/** When it was made, and its id. */
const Position = z.tuple([z.iso.datetime(), z.string().max(64)]);

/**
 * What stands behind a cursor in a list that goes by `created_at` and `id`, newest first; `undefined`: all of it.
 * `columns` is the pair of them, in brackets. Throws `invalid_request` for a cursor of another list.
 */
export function beyond(cursor: string | undefined, scope: unknown, columns: SQL): SQL | undefined {
  if (cursor === undefined) return undefined;
  const [at, id] = decodeCursor(cursor, scope, Position);
  return sql`${columns} < (${at}::timestamptz, ${id})`;
}

/** The page of `rows`, of which one more than `limit` was asked for, and the cursor of the next. */
export function pageOf<Row extends { id: string; created_at: string }>(
  rows: readonly Row[],
  limit: number,
  scope: unknown,
): { page: Row[]; next_cursor: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { page, next_cursor: more ? encodeCursor(scope, [isoOfTimestamp(last.created_at), last.id]) : null };
}
