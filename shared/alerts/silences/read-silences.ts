import { and, gt, lte, sql } from "drizzle-orm";
import { SilenceMatcher } from "../../contracts/alerts.ts";
import type { Db } from "../../db/client.ts";
import { isoOfTimestamp } from "../../db/instant.ts";
import { silences } from "../../db/schema/index.ts";
import type { Tx } from "../../db/transaction.ts";
import { isoTime } from "../../platform/clock.ts";

export interface CurrentSilence {
  id: string;
  matchers: SilenceMatcher[];
  /** ISO 8601. */
  ends_at: string;
}

/** Silences of users that last at `now` (ms since 1970): begun, and not over. Who has none is left out. */
export async function readSilencesOf(
  db: Pick<Db | Tx, "select">,
  user_ids: readonly string[],
  now: number,
): Promise<Map<string, CurrentSilence[]>> {
  if (user_ids.length === 0) return new Map();
  const at = isoTime(now);
  const { id, user_id, matchers, starts_at, ends_at } = silences;
  const rows = await db
    .select({ id, user_id, matchers, ends_at })
    .from(silences)
    .where(
      and(sql`${user_id} = any(${sql.param([...user_ids])}::text[])`, lte(starts_at, at), gt(ends_at, at)),
    )
    .orderBy(ends_at, id);
  const current = rows.map((row) => ({
    user_id: row.user_id,
    silence: {
      id: row.id,
      matchers: SilenceMatcher.array().parse(row.matchers),
      ends_at: isoOfTimestamp(row.ends_at),
    },
  }));
  const byUser = Map.groupBy(current, (row) => row.user_id);
  return new Map([...byUser].map(([user, own]) => [user, own.map(({ silence }) => silence)]));
}

/** The same of one user. */
export async function readSilences(
  db: Pick<Db | Tx, "select">,
  user_id: string,
  now: number,
): Promise<CurrentSilence[]> {
  return (await readSilencesOf(db, [user_id], now)).get(user_id) ?? [];
}
