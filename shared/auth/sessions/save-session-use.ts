import { sql } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import { isoTime } from "../../platform/clock.ts";

/** When a session was last used, ms since 1970. */
export interface SessionUse {
  id: string;
  used_at: number;
}

/** Writes down when sessions were last used; a time that is older than the one known changes nothing. */
export async function saveSessionUse(db: Db, uses: readonly SessionUse[]): Promise<void> {
  const given = JSON.stringify(uses.map(({ id, used_at }) => ({ id, used_at: isoTime(used_at) })));
  await db.execute(
    sql`update sessions set last_used_at = used.used_at
        from jsonb_to_recordset(${given}::jsonb) as used(id text, used_at timestamptz)
        where sessions.id = used.id and sessions.ended_at is null and sessions.last_used_at < used.used_at`,
  );
}
