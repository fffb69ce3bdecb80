import { and, eq, isNull } from "drizzle-orm";
import type { Db } from "../../db/client.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { sessions } from "../../db/schema/index.ts";

/** A session that has not ended, as Postgres has it. Times in ms since 1970. */
export interface LiveSession {
  id: string;
  last_used_at: number;
  /** Its absolute end. */
  expires_at: number;
  mfa_at: number | null;
}

const ms = (text: string) => Date.parse(isoOfTimestamp(text));

/** The sessions of a user that nobody ended; some of them may be beyond their time. */
export async function readLiveSessions(db: Db, user_id: string): Promise<LiveSession[]> {
  const rows = await db
    .select({
      id: sessions.id,
      last_used_at: sessions.last_used_at,
      expires_at: sessions.expires_at,
      mfa_at: sessions.mfa_at,
    })
    .from(sessions)
    .where(and(eq(sessions.user_id, user_id), isNull(sessions.ended_at)));
  return rows.map((row) => ({
    id: row.id,
    last_used_at: ms(row.last_used_at),
    expires_at: ms(row.expires_at),
    mfa_at: row.mfa_at === null ? null : ms(row.mfa_at),
  }));
}
