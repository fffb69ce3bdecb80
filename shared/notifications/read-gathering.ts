import { sql } from "drizzle-orm";
import { z } from "zod";
import { TimeColumn } from "../db/instant.ts";
import { type Reader, readRows } from "../db/rows.ts";
import { isoTime } from "../platform/clock.ts";

const Row = z.object({ user_id: z.string(), due_at: TimeColumn.transform(Date.parse) });

/** When the mail is due that gathers a kind for each user already, ms since 1970; who has none is left out. */
export async function readGathering(
  db: Reader,
  { user_ids, kind, now }: { user_ids: readonly string[]; kind: string; now: number },
): Promise<Map<string, number>> {
  if (user_ids.length === 0) return new Map();
  const rows = await readRows(
    db,
    sql`select s.user_id, min(s.due_at)::text as due_at
      from notification_sends s join notifications n on n.id = s.notification_id
      where s.status = 'pending' and s.channel = 'email' and s.attempts = 0 and n.kind = ${kind}
        and n.level <> 'critical'
        and s.due_at > ${isoTime(now)}::timestamptz and s.user_id = any(${sql.param([...user_ids])}::text[])
      group by s.user_id`,
    Row,
  );
  return new Map(rows.map(({ user_id, due_at }) => [user_id, due_at]));
}
