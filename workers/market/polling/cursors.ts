import { and, eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../../shared/db/client.ts";
import { provider_cursors } from "../../../shared/db/schema/index.ts";
import { isoTime } from "../../../shared/platform/clock.ts";
import type { Cursor } from "../../../shared/providers/provider.ts";

export interface CursorPlace {
  provider: string;
  collection: string;
}

/** Where reading stopped; `null` where it never began. */
export async function loadCursor(db: Db, place: CursorPlace): Promise<Cursor | null> {
  const [row] = await db.select({ cursor: provider_cursors.cursor }).from(provider_cursors).where(at(place));
  return row === undefined ? null : z.record(z.string(), z.unknown()).parse(row.cursor);
}

/**
 * Moves a cursor on from where this poll found it. `false` where another poll moved it meanwhile: its cursor
 * stands, and what was read here is read again, which does no harm.
 */
export async function storeCursor(
  db: Db,
  place: CursorPlace,
  from: Cursor | null,
  to: Cursor,
  now: number,
): Promise<boolean> {
  const values = { cursor: to, updated_at: isoTime(now) };
  if (from === null) {
    const inserted = await db
      .insert(provider_cursors)
      .values({ ...place, ...values })
      .onConflictDoNothing()
      .returning({ provider: provider_cursors.provider });
    return inserted.length > 0;
  }
  const moved = await db
    .update(provider_cursors)
    .set(values)
    .where(and(at(place), sql`${provider_cursors.cursor} = ${JSON.stringify(from)}::jsonb`))
    .returning({ provider: provider_cursors.provider });
  return moved.length > 0;
}

function at(place: CursorPlace) {
  return and(
    eq(provider_cursors.provider, place.provider),
    eq(provider_cursors.collection, place.collection),
  );
}
