import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Db } from "../../db/client.ts";
import { type Reader, readRows } from "../../db/rows.ts";
import { alert_cursors } from "../../db/schema/index.ts";
import { isoTime } from "../../platform/clock.ts";
import { MovedError } from "../commit/changes.ts";
import { msOf } from "./instant-sql.ts";

/** How far a source has been evaluated. */
export interface Cursor {
  epoch: string;
  seq: number;
  /** Ms since 1970. */
  clock: number;
}

const CursorRow = z.object({
  epoch: z.string(),
  seq: z.coerce.number(),
  clock: z.coerce.number(),
  updated_at: z.coerce.number(),
});

/** Where a cursor is, and since when, by the wall clock (ms since 1970). */
export async function readCursor(db: Db, source: string): Promise<(Cursor & { updated_at: number }) | null> {
  const [row] = await readRows(
    db,
    sql`select epoch, seq, ${msOf("clock")} as clock, ${msOf("updated_at")} as updated_at from alert_cursors where source = ${source}`,
    CursorRow,
  );
  return row ?? null;
}

/**
 * Moves a cursor from where it was read and holds its row until the end of the transaction.
 * @throws MovedError where it is somewhere else.
 */
export async function moveCursor(
  tx: Reader,
  source: string,
  { before, after, now }: { before: Cursor | null; after: Cursor; now: number },
): Promise<void> {
  const at = isoTime(now);
  const clock = isoTime(after.clock);
  const moved = await readRows(
    tx,
    before === null
      ? sql`insert into alert_cursors (source, epoch, seq, clock, updated_at)
          values (${source}, ${after.epoch}, ${after.seq}::bigint, ${clock}::timestamptz, ${at}::timestamptz)
          on conflict do nothing returning 1 as moved`
      : sql`update alert_cursors set epoch = ${after.epoch}, seq = ${after.seq}::bigint,
            clock = ${clock}::timestamptz, updated_at = ${at}::timestamptz
          where source = ${source} and epoch = ${before.epoch} and seq = ${before.seq}::bigint
            and clock = ${isoTime(before.clock)}::timestamptz
          returning 1 as moved`,
    z.object({ moved: z.number() }),
  );
  if (moved.length === 0) throw new MovedError(`the cursor of ${source}`);
}

export async function dropCursor(db: Db, source: string): Promise<void> {
  await db.delete(alert_cursors).where(eq(alert_cursors.source, source));
}
