import { and, eq, gt, lte } from "drizzle-orm";
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

/** Silences of a user that last at `now` (ms since 1970): begun, and not over. */
export async function readSilences(
  db: Pick<Db | Tx, "select">,
  user_id: string,
  now: number,
): Promise<CurrentSilence[]> {
  const at = isoTime(now);
  const rows = await db
    .select({ id: silences.id, matchers: silences.matchers, ends_at: silences.ends_at })
    .from(silences)
    .where(and(eq(silences.user_id, user_id), lte(silences.starts_at, at), gt(silences.ends_at, at)))
    .orderBy(silences.ends_at, silences.id);
  return rows.map(({ id, matchers, ends_at }) => ({
    id,
    matchers: SilenceMatcher.array().parse(matchers),
    ends_at: isoOfTimestamp(ends_at),
  }));
}
